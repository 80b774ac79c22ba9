/** The open panels of the registry, each in its place with its title and its close button. */
import { useSay } from "../../language/store";
import { useDesk } from "./desk";
import { closeDrawer, drawer } from "./drawers";
import type { DrawerSlot } from "./registry";

const FRAMES = { left: "float", right: "float right", bottom: "drawer" } as const;

export function Drawers() {
  const panels = useDesk((desk) => desk.panels);
  const may = useDesk((desk) => desk.may);
  const open = panels.map(drawer).filter((one): one is DrawerSlot => one !== undefined);
  return (
    <>
      {open
        .filter((one) => !one.permission || may(one.permission))
        .map((one) =>
          one.place === "dialog" ? (
            <one.Drawer key={one.key} close={() => closeDrawer(one.key)} />
          ) : (
            <Frame key={one.key} slot={one} place={one.place} />
          ),
        )}
    </>
  );
}

function Frame({ slot, place }: { slot: DrawerSlot; place: keyof typeof FRAMES }) {
  const { t } = useSay();
  const close = (): void => closeDrawer(slot.key);
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: a scrolling region must be reachable by keyboard
    <section className={FRAMES[place]} data-testid={`drawer-${slot.key}`} aria-label={t(slot.title)} tabIndex={0}>
      <div className="card-head">
        <h2>{t(slot.title)}</h2>
        <button
          type="button"
          className="plain"
          aria-label={t("close")}
          data-testid={`close-${slot.key}`}
          onClick={close}
        >
          ✕
        </button>
      </div>
      <slot.Drawer close={close} />
    </section>
  );
}
