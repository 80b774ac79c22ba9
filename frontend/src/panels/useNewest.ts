/** A component's question to the server: the answer to the last one counts, and none once it is gone. */
import { useEffect, useState } from "react";
import { type Newest, newest } from "../api/newest";

export function useNewest(): Newest {
  const [asked] = useState(newest);
  useEffect(() => () => void asked.drop(), [asked]);
  return asked;
}
