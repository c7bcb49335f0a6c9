/** Read a cleaned Ogg file a second time; the twin of `files/media/verify_ogg.py`. */

import { little } from "../bytes.ts";
import { asLatin1 } from "../policy.ts";
import { type Demand, demanding, number } from "../walker.ts";

const demand: Demand = demanding("sound-malformed");

/** The first packet and the second, as text, one character for each byte. */
/* eslint-disable no-control-regex -- bytes as text, one character for each */
const KINDS: readonly (readonly [first: RegExp, second: string])[] = [
    [/^OpusHead\x01.{9}(?:\0|[^\0].*)$/s, "OpusTags\0\0\0\0\0\0\0\0"],
    [/^\x01vorbis\0{4}.{5}\0{12}[\x66-\xdd]\x01$/s, "\x03vorbis\0\0\0\0\0\0\0\0\x01"],
    [/^\x7fFLAC\x01\0\0\x01fLaC\0\0\0\x22.{34}$/s, "\x84\0\0\x08\0\0\0\0\0\0\0\0"],
];
/* eslint-enable no-control-regex */

/** Raise `UnreadableFileError` at the first byte that has no right to be there. */
export function verifyOgg(clean: Uint8Array): void {
    let [at, stream, page, second] = [0, 0, 0, ""];
    while (at < clean.length) {
        const flags = number(clean, at + 5, 1);
        const start = at + 27 + number(clean, at + 26, 1);
        const end = clean.subarray(at + 27, start).reduce((sum, size) => sum + size, start);
        demand(number(clean, at, 4) === 0x4f676753 && clean[at + 4] === 0 && flags < 8 && end <= clean.length);
        if ((flags & 2) > 0) {
            const body = asLatin1(clean.subarray(start, end));
            const kind = KINDS.find(([first]) => first.test(body));
            demand(kind !== undefined && flags === 2 && (page === 0 || page > 2));
            second = kind[1];
            stream++;
            page = 0;
        }
        demand(little(clean, at + 14, 4) === stream && stream > 0 && little(clean, at + 18, 4) === page);
        demand(page !== 1 || asLatin1(clean.subarray(start, end)) === second);
        page++;
        at = end;
    }
    demand(stream > 0 && page > 1);
}
