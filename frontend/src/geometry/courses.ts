/** A survey as it is written down: a bearing and a distance a line, bearings in degrees or in degrees, minutes and seconds. */
export interface Course {
  bearing_deg: number;
  distance_m: number;
}

/** A number as people here write it: a comma is the decimal point, spaces and thousands' points are not accepted. */
export function readNumber(text: string): number | null {
  const bare = text.trim().replace(",", ".");
  return /^-?\d+(\.\d+)?$/.test(bare) ? Number(bare) : null;
}

const DEGREES = /^(\d{1,3})(?:°|d)\s*(?:(\d{1,2})(?:'|′)\s*)?(?:(\d{1,2}(?:[.,]\d+)?)(?:"|″|''))?$/;

export function readBearing(text: string): number | null {
  const whole = readNumber(text);
  if (whole !== null) return whole >= 0 && whole < 360 ? whole : null;
  const parts = DEGREES.exec(text.trim());
  if (!parts) return null;
  const [degrees, minutes, seconds] = [1, 2, 3].map((i) => Number((parts[i] ?? "0").replace(",", "."))) as [
    number,
    number,
    number,
  ];
  if (minutes >= 60 || seconds >= 60) return null;
  const bearing = degrees + minutes / 60 + seconds / 3600;
  return bearing < 360 ? bearing : null;
}

/** The courses, or null when a line cannot be read: a survey with a line left out is another survey. */
export function readCourses(text: string): Course[] | null {
  const found: Course[] = [];
  for (const line of text.split("\n")) {
    if (!line.trim()) continue;
    const cut = line.trim().search(/\s+\S+$/);
    const bearing_deg = cut > 0 ? readBearing(line.trim().slice(0, cut)) : null;
    const distance_m = cut > 0 ? readNumber(line.trim().slice(cut)) : null;
    if (bearing_deg === null || distance_m === null || distance_m <= 0) return null;
    found.push({ bearing_deg, distance_m });
  }
  return found;
}
