/** Which harm index a form begins with. */

import type { Offers } from "../api/offers";
import { newest } from "./newest";

/** The index that weighs most of the incidents; those that weigh harm say more than the one that counts. */
export function firstIndex({ indexes, coverage }: Pick<Offers, "indexes" | "coverage">): string | null {
  const share = new Map(coverage.indexes.map((one) => [one.name, one.share]));
  const names = newest(indexes).map((one) => one.name);
  const ofHarm = names.filter((one) => one !== "count" && (share.get(one) ?? 0) > 0);
  const [best] = [...ofHarm].sort((a, b) => (share.get(b) ?? 0) - (share.get(a) ?? 0));
  return best ?? names.find((one) => one === "count") ?? names[0] ?? null;
}
