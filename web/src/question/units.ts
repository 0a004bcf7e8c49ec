/** What a form asks of the kinds of units, as the service declares them. */

import { UNIT_KINDS, type UnitKind } from "../api/generated";
import { gettext } from "../words/catalogue";

const kindOf = (unit: string | undefined) =>
  unit !== undefined && unit in UNIT_KINDS ? UNIT_KINDS[unit as UnitKind] : null;

/** The parameter that names the network or layer whose parts the units are. */
export const neededBy = (unit: string | undefined) => kindOf(unit)?.made_of ?? null;

/** What a kind is called where one is chosen. */
export const choiceOfUnit = (unit: string): string => gettext(kindOf(unit)?.choice ?? unit);
