/** The twin of `files/media/amr.py`, which says what stays, what goes and what is out of reach. */

import { bound, Sound } from "./sound.ts";
import { verifyAmr } from "./verify-amr.ts";
import { latin1, startsWith } from "../policy.ts";
import { UnreadableFileError } from "../walker.ts";

// Bits of speech by frame type (3GPP TS 26.101 table 1a, 26.201 table 1a).
const NARROW: Readonly<Record<number, number>> = {
    ...{ 0: 95, 1: 103, 2: 118, 3: 134, 4: 148, 5: 159, 6: 204, 7: 244 },
    ...{ 8: 39, 15: 0 },
};
const WIDE: Readonly<Record<number, number>> = {
    ...{ 0: 132, 1: 177, 2: 253, 3: 285, 4: 317, 5: 365, 6: 397, 7: 461, 8: 477 },
    ...{ 9: 40, 14: 0, 15: 0 },
};
const KINDS = [
    [latin1("#!AMR\n"), NARROW],
    [latin1("#!AMR-WB\n"), WIDE],
] as const;

export class AmrCleaner extends Sound {
    protected readonly media = "audio/amr";

    protected run(): void {
        const [magic, bits] = KINDS.find(([word]) => startsWith(this.untrusted, word)) ?? [];
        if (magic === undefined || bits === undefined) throw new UnreadableFileError("sound-unsupported");
        this.emit(this.take(magic.length));
        const start = this.at;
        const clean = this.untrusted.slice();
        let zerosUntil = 0;
        for (let frames = 1; ; frames++) {
            bound(frames);
            const head = clean[this.at] ?? 0xff;
            const size = (head & 0x83) === 0 ? bits[head >> 3] : undefined;
            const end = this.at + 1 + Math.ceil((size ?? 0) / 8);
            if (size === undefined || end > clean.length) break;
            const last = clean[end - 1] ?? 0;
            const filled = size % 8 > 0 ? last & (0xff00 >> size % 8) : last;
            if (filled === last) zerosUntil = end;
            clean[end - 1] = filled;
            this.at = end;
        }
        // Encoders fill up with zeros; what came last without them was no frame either.
        if (this.at < clean.length && zerosUntil > 0) this.at = zerosUntil;
        if (this.at === start) throw new UnreadableFileError("sound-malformed");
        this.emit(clean.subarray(start, this.at));
        this.cutHere();
    }

    protected verify(clean: Uint8Array): void {
        verifyAmr(clean);
    }
}
