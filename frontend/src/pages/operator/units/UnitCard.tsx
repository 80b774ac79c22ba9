/** One unit in detail: its people, what it carries and whether it works, its shift and hours, its trail. */
import { Button, NativeSelect, TextInput } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { type FormEvent, useState } from "react";
import { get } from "../../../api/client";
import type { Coded, Member, UnitDetail, Words } from "../../../api/types";
import type { Key } from "../../../language/messages";
import { useSay } from "../../../language/store";
import { askWithout } from "../conditions/ask";
import { useDesk } from "../desk";
import { useCity } from "../queries";
import { Status } from "./UnitBoard";
import { act, choose, showTrail, useTrail, useUnit, useUnitDesk } from "./units";

const STATES: Record<string, Key> = { ready: "unitReady", faulty: "unitFaulty", missing: "unitMissing" };
const STATE_SHAPES: Record<string, string> = { ready: "✓", faulty: "✗", missing: "∅" };
const NEXT_STATE: Record<string, string> = { ready: "faulty", faulty: "missing", missing: "ready" };

export function UnitCard({ id }: { id: number }) {
  const { t, w } = useSay();
  const city = useCity();
  const unit = useUnit(id);
  const may = useDesk((desk) => desk.may("dispatch_units"));
  if (!unit || !city) return null;
  return (
    <section className="unit-card" data-testid="unit-card" aria-label={`${t("unitDetail")} ${unit.code}`}>
      <div className="card-head">
        <h3>
          {unit.code} {unit.name}
        </h3>
        <button type="button" className="plain" aria-label={`${t("close")} ${unit.code}`} onClick={() => choose(null)}>
          ✕
        </button>
      </div>
      <p>
        <Status one={unit} city={city} />
      </p>
      {unit.skills?.length ? (
        <p>
          {t("unitSkills")}: {namesOf(unit.skills, city.skills, w)}
        </p>
      ) : null}
      <p data-testid="unit-hours">
        {unit.worked_h} {t("unitWorked")}
        {unit.tired ? <b className="warn"> ⚠ {t("unitTired")}</b> : null}
      </p>
      <Button size="compact-sm" variant="default" data-testid="unit-without" onClick={() => askWithout(unit.id)}>
        {t("coverageWithout")}
      </Button>
      {may ? <ShiftForm key={unit.id} unit={unit} /> : null}
      <Crew unit={unit} may={may} />
      <Equipment unit={unit} may={may} />
      {may ? <TrailWords unit={unit} /> : null}
    </section>
  );
}

/** Codes by their names; a code that the city has no name for stays as it is. */
const namesOf = (
  codes: readonly string[],
  names: readonly Coded[] | undefined,
  w: (words: Words | undefined) => string,
): string => codes.map((code) => w(names?.find((one) => one.code === code)) || code).join(", ");

function ShiftForm({ unit }: { unit: UnitDetail }) {
  const { t } = useSay();
  const [hours, setHours] = useState("8");
  const [because, setBecause] = useState("");
  const on = Boolean(unit.on_since);
  const submit = (event: FormEvent): void => {
    event.preventDefault();
    const ends_at = new Date(Date.now() + Number(hours) * 3_600_000).toISOString();
    void act(unit.id, "shift", on ? { on: false } : { on: true, ends_at, because }).then(
      (done) => done && setBecause(""),
    );
  };
  return (
    <form className="unit-form" onSubmit={submit}>
      {on ? null : (
        <>
          <TextInput
            label={t("unitHours")}
            type="number"
            min={1}
            max={36}
            required
            value={hours}
            onChange={(event) => setHours(event.currentTarget.value)}
          />
          <TextInput label={t("unitWhy")} value={because} onChange={(event) => setBecause(event.currentTarget.value)} />
        </>
      )}
      <Button type="submit" size="compact-sm" variant="default" data-testid="unit-shift">
        {t(on ? "unitGoOff" : "unitGoOn")}
      </Button>
    </form>
  );
}

function Crew({ unit, may }: { unit: UnitDetail; may: boolean }) {
  const { t, w } = useSay();
  const city = useCity();
  const [open, setOpen] = useState(false);
  return (
    <div>
      <h4>
        {t("unitCrew")} {unit.crew.length}/{unit.crew_seats}
      </h4>
      {unit.crew.length ? null : <p className="muted">{t("unitNobody")}</p>}
      <ul>
        {unit.crew.map((one) => (
          <li key={one.id}>
            {one.name} {one.phone ? <a href={`tel:${one.phone}`}>{one.phone}</a> : null}{" "}
            <span className="muted">{namesOf(one.qualifications, city?.skills, w)}</span>
          </li>
        ))}
      </ul>
      {may ? (
        <button type="button" aria-expanded={open} data-testid="unit-man" onClick={() => setOpen(!open)}>
          {t("unitManned")}
        </button>
      ) : null}
      {open ? <CrewForm key={unit.id} unit={unit} done={() => setOpen(false)} /> : null}
    </div>
  );
}

/** Who may ride: people who are on no unit, and those of this one. */
function CrewForm({ unit, done }: { unit: UnitDetail; done: () => void }) {
  const { t } = useSay();
  const [on, setOn] = useState<ReadonlySet<number>>(new Set(unit.crew.map((one) => one.id)));
  const found = useQuery({ queryKey: ["members"], queryFn: () => get<{ items: Member[] }>("/api/members") }).data;
  const flip = (id: number): void => {
    const next = new Set(on);
    if (!next.delete(id)) next.add(id);
    setOn(next);
  };
  return (
    <div className="unit-people">
      {found?.items
        .filter((one) => !one.unit || one.unit === unit.code)
        .map((one) => (
          <label key={one.id}>
            <input type="checkbox" checked={on.has(one.id)} onChange={() => flip(one.id)} /> {one.name}{" "}
            <span className="muted">{one.agency}</span>
          </label>
        ))}
      <Button
        size="compact-sm"
        data-testid="unit-man-save"
        onClick={() => void act(unit.id, "crew", { members: [...on] }).then((taken) => taken && done())}
      >
        {t("unitSave")}
      </Button>
    </div>
  );
}

function Equipment({ unit, may }: { unit: UnitDetail; may: boolean }) {
  const { t, w } = useSay();
  const city = useCity();
  const [kind, setKind] = useState("");
  const [name, setName] = useState("");
  const kindOf = (code: string): string => w(city?.equipment?.find((one) => one.code === code));
  // Run cards ask for kinds: a thing of a kind needs no other name.
  const add = (event: FormEvent): void => {
    event.preventDefault();
    void act(unit.id, "equipment", { name: name.trim() || kindOf(kind), kind }).then((taken) => {
      if (!taken) return;
      setName("");
      setKind("");
    });
  };
  return (
    <div>
      <h4>{t("unitEquipment")}</h4>
      {unit.equipment.length ? null : <p className="muted">{t("unitNothing")}</p>}
      <ul>
        {unit.equipment.map((one) => (
          <li key={one.name}>
            {STATE_SHAPES[one.state]} {one.name}: {t(STATES[one.state] ?? "unitMissing")}
            {may ? (
              <button
                type="button"
                className="plain"
                aria-label={`${t("unitFlip")} ${one.name}`}
                onClick={() => void act(unit.id, "equipment", { name: one.name, state: NEXT_STATE[one.state] })}
              >
                ⟳
              </button>
            ) : null}
          </li>
        ))}
      </ul>
      {may ? (
        <form className="unit-form" onSubmit={add}>
          <NativeSelect
            label={t("unitKitKind")}
            data-testid="unit-kit-kind"
            value={kind}
            onChange={(event) => setKind(event.currentTarget.value)}
            data={[
              { value: "", label: t("unitKitOther") },
              ...(city?.equipment ?? []).map((one) => ({ value: one.code, label: w(one) })),
            ]}
          />
          <TextInput
            label={t("unitKit")}
            value={name}
            placeholder={kindOf(kind)}
            required={!kind}
            onChange={(event) => setName(event.currentTarget.value)}
          />
          <Button type="submit" size="compact-sm" variant="default">
            {t("unitKitAdd")}
          </Button>
        </form>
      ) : null}
    </div>
  );
}

function TrailWords({ unit }: { unit: UnitDetail }) {
  const { t } = useSay();
  const shown = useUnitDesk((state) => state.trail === unit.id);
  const trail = useTrail(shown ? unit.id : null);
  return (
    <div>
      <button
        type="button"
        aria-pressed={shown}
        data-testid="unit-trail"
        onClick={() => showTrail(shown ? null : unit.id)}
      >
        {t(shown ? "unitTrailHide" : "unitTrail")}
      </button>
      {shown && trail ? (
        <span data-testid="trail-words">
          {" "}
          {trail.fixes
            ? `${trail.gaps.length} ${t("unitGaps")}, ${trail.doubted.length} ${t("unitDoubts")}`
            : t("unitTrailNone")}
        </span>
      ) : null}
    </div>
  );
}
