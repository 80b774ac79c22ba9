/** Layers made while the city runs: begin one from a list of fields or from a file, change one, take one away. */
import { useState } from "react";
import type { Layer } from "../../../api/types";
import { useSay } from "../../../language/store";
import { goTo, remember, remembered, useShared } from "../panel";
import { Kind } from "./Kind";
import { LayerForm } from "./LayerForm";
import "./make.css";

const NEW = "new";

export function MakePanel() {
  const { t, w } = useSay();
  const { catalogue } = useShared();
  const [opened, setOpened] = useState<string | null>(() => remembered("make"));
  const open = (slug: string | null): void => {
    setOpened(slug);
    remember({ make: slug });
  };
  const made = catalogue?.layers.filter((one) => one.group === "made") ?? [];
  if (opened !== null && catalogue)
    return <LayerForm key={opened} slug={opened === NEW ? null : opened} close={() => open(null)} made={open} />;
  return (
    <section className="wide make" data-testid="make" aria-labelledby="make-title">
      <h2 id="make-title">{t("makeTitle")}</h2>
      <div className="buttons">
        <button type="button" className="primary" data-testid="make-new" onClick={() => open(NEW)}>
          + {t("makeFromFields")}
        </button>
        <button type="button" data-testid="make-file" onClick={() => goTo("import", { import: null })}>
          ⇪ {t("makeFromFile")}
        </button>
      </div>
      {made.length ? null : <p className="muted">{t("noneMade")}</p>}
      <ul className="sets">
        {made.map((one: Layer) => (
          <li key={one.slug}>
            <button type="button" className="set" data-testid={`made-${one.slug}`} onClick={() => open(one.slug)}>
              <Kind geometry={one.geometry} color={one.legend[0]?.color ?? "#8f9dab"} />
              <b>{w(one.title)}</b> <span className="muted">{one.slug}</span>
            </button>
          </li>
        ))}
      </ul>
    </section>
  );
}
