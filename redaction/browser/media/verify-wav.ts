/** Read a cleaned WAV file a second time; the twin of `files/media/verify_wav.py`. */

import { little } from "../bytes.ts";
import { asLatin1 } from "../policy.ts";
import { UnreadableFileError } from "../walker.ts";

// The number and order of chunks, with what a description may hold behind its first part.
/* eslint-disable no-control-regex -- bytes as text, one character for each */
const HEADS = [
    /^RIFF....WAVEfmt \x10\0\0\0\x01\0(.{14})/s,
    /^RIFF....WAVEfmt \x12\0\0\0[\x03\x06\x07]\0(.{14})\0\0/s,
    /^RIFF....WAVEfmt \x28\0\0\0\xfe\xff(.{14})\x16\0.\0..[\0-\x03]\0[\x01\x03\x06\x07]\0\0\0\0\0\x10\0\x80\0\0\xaa\x00\x38\x9b\x71/s,
    /^RIFF....WAVEfmt \x32\0\0\0\x02\0(.{14})\x20\0..\x07\0\0\x01\0\0\0\x02\0\xff\0\0\0\0\xc0\0\x40\0\xf0\0\0\0\xcc\x01\x30\xff\x88\x01\x18\xff/s,
    /^RIFF....WAVEfmt \x14\0\0\0\x11\0(.{14})\x02\0../s,
];
const DATA = /^(?:fact\x04\0\0\0....)?data/s;
/* eslint-enable no-control-regex */
const LONGEST = 100;

/** Raise `UnreadableFileError` at the first byte that has no right to be there. */
export function verifyWav(clean: Uint8Array): void {
    const text = asLatin1(clean.subarray(0, LONGEST));
    const described = HEADS.map((head) => head.exec(text)).find((match) => match !== null)?.[0];
    const after = described === undefined ? null : DATA.exec(text.slice(described.length));
    if (described === undefined || after === null) throw new UnreadableFileError("sound-malformed");
    const start = described.length + after[0].length + 4;
    const size = little(clean, start - 4, 4);
    const [channels, rate, align] = [little(clean, 22, 2), little(clean, 24, 4), little(clean, 32, 2)];
    const whole =
        clean.length === start + size + (size % 2) &&
        little(clean, 4, 4) === clean.length - 8 &&
        (size % 2 === 0 || clean.at(-1) === 0);
    const sound = channels > 0 && channels <= 64 && rate > 0 && rate <= 2 ** 20 && align > 0 && size % align === 0;
    const samples = [2, 0x11].includes(little(clean, 20, 2)) ? little(clean, 38, 2) : 1;
    if (!whole || !sound || little(clean, 28, 4) !== Math.floor((rate * align) / samples)) throw new UnreadableFileError("sound-malformed");
}
