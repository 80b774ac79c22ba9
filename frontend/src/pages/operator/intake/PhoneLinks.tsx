/** The caller's phone: a link that asks it where it is, what it has said, and the one press that takes that over. */
import { Button, CopyButton } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { get, post } from "../../../api/client";
import type { IncidentDetail, PhoneLink } from "../../../api/types";
import { useSay } from "../../../language/store";
import { age, secondsSince } from "../../../panels/age";
import { desk, useDesk } from "../desk";
import { acceptOffered, offered } from "./intake";

interface Made {
  id: number;
  url: string;
  words: { vi: string; en: string };
  qr_svg: string;
}

export function PhoneLinks({ item }: { item: IncidentDetail }) {
  const { t } = useSay();
  const [made, setMade] = useState<(Made & { of: number }) | null>(null);
  const links = item.links ?? [];
  const ask = (): void =>
    void post<{ made: Made; case: IncidentDetail }>(`/api/incidents/${item.id}/links`).then((answer) => {
      setMade({ ...answer.made, of: item.id });
      desk().take(answer.case);
    }, desk().tell);
  const shown = made?.of === item.id && links.some((one) => one.id === made.id && !one.revoked_at) ? made : null;
  return (
    <section data-testid="phone-links">
      {item.closed_at ? null : (
        <Button size="compact-sm" variant="default" data-testid="ask-phone" onClick={ask}>
          {t("askPhone")}
        </Button>
      )}
      {shown ? <Sending made={shown} /> : null}
      {offered(item) ? (
        <div className="warn" data-testid="offered-place">
          ◎ {t("phoneOffers")} ±{Math.round(offered(item)?.accuracy_m ?? 0)} m{" "}
          <Button size="compact-sm" data-testid="accept-place" onClick={acceptOffered}>
            {t("acceptPlace")} (E)
          </Button>
        </div>
      ) : null}
      {links.map((one) => (
        <Link key={one.id} item={item} link={one} />
      ))}
      {links.some((one) => one.pictures > 0) ? <Pictures id={item.id} version={item.version} /> : null}
    </section>
  );
}

/** The words to send and the code to scan, as long as this page stands: nobody keeps the address. */
function Sending({ made }: { made: Made }) {
  const { t, w } = useSay();
  return (
    <div data-testid="phone-link-made">
      <p className="words" data-testid="phone-link-words">
        {w(made.words)}
      </p>
      <CopyButton value={w(made.words)}>
        {({ copied, copy }) => (
          <Button size="compact-sm" data-testid="copy-link" onClick={copy}>
            {copied ? t("copied") : t("copyWords")}
          </Button>
        )}
      </CopyButton>
      <br />
      <img
        alt={t("qrOfLink")}
        width={160}
        height={160}
        src={`data:image/svg+xml;utf8,${encodeURIComponent(made.qr_svg)}`}
      />
    </div>
  );
}

function Link({ item, link }: { item: IncidentDetail; link: PhoneLink }) {
  const { t } = useSay();
  const now_ms = useDesk((one) => one.now_ms);
  const over = link.revoked_at
    ? t("linkRevoked")
    : Date.parse(link.expires_at) < now_ms
      ? t("linkExpired")
      : link.taken_at
        ? t("linkTaken")
        : t("linkWaits");
  const standing = !link.revoked_at && Date.parse(link.expires_at) > now_ms && !item.closed_at;
  return (
    <div className="entry" data-testid={`phone-link-${link.id}`}>
      {over}
      {link.said_at
        ? ` · ±${Math.round(link.accuracy_m ?? 0)} m, ${age(secondsSince(link.said_at, now_ms))}${link.accepted_at ? " ✓" : ""}`
        : ""}{" "}
      {standing ? (
        <button
          type="button"
          className="plain"
          data-testid={`revoke-link-${link.id}`}
          onClick={() =>
            void post<IncidentDetail>(`/api/incidents/${item.id}/links/${link.id}/revoke`).then(
              desk().take,
              desk().tell,
            )
          }
        >
          {t("revokeLink")}
        </button>
      ) : null}
    </div>
  );
}

function Pictures({ id, version }: { id: number; version: number }) {
  const { t } = useSay();
  const found = useQuery({
    queryKey: ["case-pictures", id, version],
    queryFn: () => get<{ items: { id: number; url: string }[] }>(`/api/layers/incidents/features/${id}/photos`),
  }).data;
  return (
    <div data-testid="case-pictures">
      {found?.items.map((one) => (
        <a key={one.id} href={one.url} target="_blank" rel="noreferrer">
          <img src={one.url} alt={t("callersPhoto")} height={96} />
        </a>
      ))}
    </div>
  );
}
