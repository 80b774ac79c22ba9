/** By which way a report came, as a small drawing with its word. */
const PATHS: Record<string, string> = {
  phone: "M4 2h3l1.5 4L6 7.5a9 9 0 0 0 4.5 4.5L12 9.5l4 1.5v3a2 2 0 0 1-2 2A12 12 0 0 1 2 4a2 2 0 0 1 2-2z",
  app: "M5 1h8v16H5zM8 15h2",
  web: "M9 1a8 8 0 1 0 0 16A8 8 0 0 0 9 1zM1 9h16M9 1c-5 5-5 11 0 16M9 1c5 5 5 11 0 16",
  zalo: "M2 3h14v9H8l-4 4v-4H2z",
  camera: "M1 5h11v8H1zM12 8l5-3v8l-5-3",
  patrol: "M9 2a3 3 0 1 1 0 6 3 3 0 0 1 0-6zM3 16c0-8 12-8 12 0z",
  sensor: "M9 10v7M6 17h6M9 10a2 2 0 1 0 0-4 2 2 0 0 0 0 4M4 4a6 6 0 0 0 0 8M14 4a6 6 0 0 1 0 8",
};
const OTHER = "M9 2a7 7 0 1 0 0 14A7 7 0 0 0 9 2zM9 8v5M9 5v1";

export function SourceIcon({ channel, words }: { channel: string; words: string }) {
  return (
    <svg className="source" viewBox="0 0 18 18" role="img" aria-label={words} data-channel={channel}>
      <title>{words}</title>
      <path d={PATHS[channel] ?? OTHER} fill="none" stroke="currentColor" strokeWidth="1.5" />
    </svg>
  );
}
