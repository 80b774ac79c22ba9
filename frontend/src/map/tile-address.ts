/** One parameter of a tile address set, changed or taken away; the {z}/{x}/{y} of a template stays as it is. */
export function withParameter(address: string, name: string, value: string | null): string {
  const [path = "", query = ""] = address.split("?");
  const others = query.split("&").filter((one) => one && !one.startsWith(`${name}=`));
  if (value !== null) others.push(`${name}=${encodeURIComponent(value)}`);
  return others.length ? `${path}?${others.join("&")}` : path;
}
