/** The case in hand: its sections, as the registry lists them. */
import { useDesk } from "./desk";
import { useCase } from "./queries";
import { SECTIONS, type SectionSlot } from "./registry";

const inOrder = (): SectionSlot[] => [...SECTIONS].sort((a, b) => a.order - b.order);

export function Detail() {
  const item = useCase();
  const may = useDesk((desk) => desk.may);
  if (!item) return null;
  return (
    <div data-testid="detail" data-case={item.id} data-status={item.status}>
      {inOrder()
        .filter((one) => one.when(item, may))
        .map(({ key, Section }) => (
          <Section key={key} item={item} />
        ))}
    </div>
  );
}
