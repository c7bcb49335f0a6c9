/** The twin of `files/media/aiff.py`, which says what stays and what goes. */

import { bigBytes } from "../bytes.ts";
import { demand, MAX_CHANNELS, MAX_RATE, Sound } from "./sound.ts";
import { verifyAiff } from "./verify-aiff.ts";
import { asLatin1, latin1, LIMITS } from "../policy.ts";
import { join, number, UnreadableFileError } from "../walker.ts";

/** Bytes of one sample by the packing's name; nothing for what the depth decides. A packet of `ima4` counts as one. */
const PACKINGS: Readonly<Record<string, number>> = {
    NONE: 0,
    twos: 0,
    sowt: 0,
    "raw ": 1,
    in24: 3,
    in32: 4,
    fl32: 4,
    FL32: 4,
    fl64: 8,
    FL64: 8,
    ulaw: 1,
    ULAW: 1,
    alaw: 1,
    ALAW: 1,
    ima4: 34,
};
const VERSION = latin1("FVER\0\0\0\x04\xa2\x80\x51\x40");

export class AiffCleaner extends Sound {
    protected readonly media = "audio/aiff";

    protected run(): void {
        const head = this.take(12);
        const kind = asLatin1(head.subarray(8));
        demand(number(head, 0, 4) === 0x464f524d && (kind === "AIFF" || kind === "AIFC"));
        const end = Math.min(8 + number(head, 4, 4), this.untrusted.length);
        let [described, samples]: (Uint8Array | undefined)[] = [];
        for (let chunks = 0; chunks < LIMITS.chunks && this.at < end; chunks++) {
            const name = asLatin1(this.take(4));
            const size = number(this.take(4), 0, 4);
            const start = this.at;
            const body = this.take(size);
            if (name === "COMM" && (described?.length ?? 0) === 0) described = body;
            else if (name === "SSND" && samples === undefined) samples = body;
            else if (name !== "FVER") this.noteTag(this.untrusted.subarray(start - 8, this.at));
            this.at += size % 2;
        }
        this.cutHere();
        demand(described !== undefined && described.length >= 18 && samples !== undefined);
        this.assemble(kind, described, samples);
    }

    protected verify(clean: Uint8Array): void {
        verifyAiff(clean);
    }

    private assemble(kind: string, described: Uint8Array, block: Uint8Array): void {
        const size = number(described, 2, 4) * frameSize(kind, described);
        // Samples may begin later, so that a disk could read them in blocks.
        const start = 8 + number(block, 0, 4);
        if (start + size > block.length) throw new UnreadableFileError(this.truncated);
        if (block.subarray(8, start).some((byte) => byte > 0) || block.length > start + size) this.note(["trailer"]);
        const packing = kind === "AIFC" ? [described.subarray(18, 22), new Uint8Array(2)] : [];
        const chunks = [
            ...(kind === "AIFC" ? [VERSION] : []),
            ...chunk("COMM", join([described.subarray(0, 8), rate(described), ...packing])),
            ...chunk("SSND", join([new Uint8Array(8), block.subarray(start, start + size)])),
        ];
        const total = chunks.reduce((sum, piece) => sum + piece.length, 4);
        this.emit(latin1("FORM"), bigBytes(total, 4), latin1(kind), ...chunks);
    }
}

/** How many bytes the samples of all channels for one moment take. */
function frameSize(kind: string, described: Uint8Array): number {
    const [channels, bits] = [number(described, 0, 2), number(described, 6, 2)];
    demand(channels > 0 && channels <= MAX_CHANNELS && bits > 0 && bits <= 64);
    const size = kind === "AIFC" ? PACKINGS[asLatin1(described.subarray(18, 22))] : 0;
    if (size === undefined) throw new UnreadableFileError("sound-unsupported");
    return channels * (size > 0 ? size : Math.floor((bits + 7) / 8));
}

/** Samples a second with 32 bits of the 64 that an extended number has. */
function rate(described: Uint8Array): Uint8Array {
    const exponent = number(described, 8, 2) - 16_383;
    // The value is the mantissa, below 2, times 2 to the power of the exponent.
    demand(number(described, 10, 1) >= 0x80 && exponent >= 0 && exponent <= Math.log2(MAX_RATE));
    return join([described.subarray(8, 14), new Uint8Array(4)]);
}

function chunk(kind: string, body: Uint8Array): Uint8Array[] {
    return [latin1(kind), bigBytes(body.length, 4), body, new Uint8Array(body.length % 2)];
}
