/** Read a cleaned AIFF file a second time; the twin of `files/media/verify_aiff.py`. */

import { asLatin1 } from "../policy.ts";
import { UnreadableFileError } from "../walker.ts";

/* eslint-disable no-control-regex -- bytes as text, one character for each */
const HEAD =
    /^FORM....(?:AIFFCOMM\0\0\0\x12|AIFCFVER\0\0\0\x04\xa2\x80\x51\x40COMM\0\0\0\x18)(.{18})(?:(NONE|twos|sowt|raw |in24|in32|fl32|FL32|fl64|FL64|ulaw|ULAW|alaw|ALAW|ima4)\0\0)?SSND....\0{8}/s;
/* eslint-enable no-control-regex */
const SAMPLE: Readonly<Record<string, number>> = {
    ...{ "raw ": 1, ulaw: 1, ULAW: 1, alaw: 1, ALAW: 1, in24: 3, ima4: 34 },
    ...{ in32: 4, fl32: 4, FL32: 4, fl64: 8, FL64: 8 },
};
const LONGEST = 100;

/** Raise `UnreadableFileError` at the first byte that has no right to be there. */
export function verifyAiff(clean: Uint8Array): void {
    const head = HEAD.exec(asLatin1(clean.subarray(0, LONGEST)));
    if (head === null) throw new UnreadableFileError("sound-malformed");
    const [all, , packing] = head;
    const packed = all.startsWith("AIFC", 8);
    const view = new DataView(clean.buffer, clean.byteOffset, clean.length);
    const start = packed ? 32 : 20;
    const [channels, frames, bits] = [view.getUint16(start), view.getUint32(start + 2), view.getUint16(start + 6)];
    const held = frames * channels * (SAMPLE[packing ?? ""] ?? Math.ceil(bits / 8));
    const rate = view.getUint16(start + 8) - 16_383;
    const demanded = [
        packed === (packing !== undefined),
        view.getUint32(4) === clean.length - 8,
        view.getUint32(all.length - 12) === 8 + held,
        clean.length === all.length + held + (held % 2) && (held % 2 === 0 || clean.at(-1) === 0),
        channels > 0 && channels <= 64 && bits > 0 && bits <= 64 && rate >= 0 && rate < 21,
        view.getUint8(start + 10) >= 0x80 && view.getUint32(start + 14) === 0,
    ];
    if (demanded.includes(false)) throw new UnreadableFileError("sound-malformed");
}
