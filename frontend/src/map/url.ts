/** The view in the address, so that a link is the same screen. */
export interface Address {
  z: number | null;
  lng: number | null;
  lat: number | null;
  sel: number | null;
  layers: string[] | null;
  /** Which panels are open. */
  panel: string[];
}

export function readAddress(search: string): Address {
  const query = new URLSearchParams(search);
  const number = (name: string): number | null => {
    const text = query.get(name);
    const value = text === null || text === "" ? Number.NaN : Number(text);
    return Number.isFinite(value) ? value : null;
  };
  const layers = query.get("layers");
  return {
    z: number("z"),
    lng: number("lng"),
    lat: number("lat"),
    sel: number("sel"),
    layers: layers === null ? null : layers.split(",").filter(Boolean),
    panel: (query.get("panel") ?? "").split(",").filter(Boolean),
  };
}

export function writeAddress(search: string, change: Partial<Address>): string {
  const query = new URLSearchParams(search);
  for (const [name, value] of Object.entries(change)) {
    if (value === null || (name === "panel" && !(value as string[]).length)) query.delete(name);
    else if (Array.isArray(value)) query.set(name, value.join(","));
    else query.set(name, name === "z" ? value.toFixed(2) : name === "sel" ? String(value) : value.toFixed(5));
  }
  return `?${query.toString()}`;
}
