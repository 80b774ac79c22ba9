/** How a case comes in: links to the caller's phone. */

export interface PhoneLink {
  id: number;
  made_at: string;
  expires_at: string;
  revoked_at: string | null;
  taken_at: string | null;
  said_at: string | null;
  lon: number | null;
  lat: number | null;
  accuracy_m: number | null;
  accepted_at: string | null;
  pictures: number;
}
