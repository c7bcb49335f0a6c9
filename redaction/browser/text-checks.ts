/** The twin of `text/checks.py`: arithmetic that patterns cannot do. */

const MODULUS = 97;

/** How much of what was found, from its beginning, is accepted; 0 for none of it. */
export type Check = (found: string, lengths: ReadonlyMap<string, number>) => number;

/** The length of the IBAN that *found*, folded, begins with (ISO 13616). */
const iban: Check = (found, lengths) => {
    const places = Array.from(found.matchAll(/[a-z0-9]/g), ({ index }) => index);
    const length = lengths.get(found.slice(0, 2)) ?? places.length;
    const last = places[length - 1];
    if (last === undefined) return 0;
    const compact = places.slice(0, length).map((at) => parseInt(found.charAt(at), 36));
    const rest = [...compact.slice(4), ...compact.slice(0, 4)].reduce(
        (before, value) => (before * (value < 10 ? 10 : 100) + value) % MODULUS,
        0,
    );
    return rest === 1 ? last + 1 : 0;
};

export const CHECKS: ReadonlyMap<string, Check> = new Map([["iban", iban]]);
