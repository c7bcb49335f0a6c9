/** The twin of `files/media/wav.py`, which says what stays and what goes. */

import { little, littleBytes } from "../bytes.ts";
import { demand, MAX_CHANNELS, MAX_RATE, Sound } from "./sound.ts";
import { verifyWav } from "./verify-wav.ts";
import { asLatin1, latin1, LIMITS, startsWith } from "../policy.ts";
import { join, UnreadableFileError } from "../walker.ts";

const [PCM, MS_ADPCM, IMA_ADPCM, EXTENSIBLE] = [1, 2, 0x11, 0xfffe];
/** Whole numbers, fractions, A-law and µ-law. */
const PLAIN = [PCM, 3, 6, 7];
// Behind the number of samples in a block: the seven pairs that every file has.
const COEFFICIENTS = join([7, 256, 0, 512, 65_280, 0, 0, 192, 64, 240, 0, 460, 65_328, 392, 65_304].map((n) => littleBytes(n, 2)));
const SUBFORMAT = latin1("\0\0\0\0\x10\0\x80\0\0\xaa\0\x38\x9b\x71");
const TO_THE_END = 0xffffffff;

export class WavCleaner extends Sound {
    protected readonly media = "audio/wav";

    protected run(): void {
        const head = asLatin1(this.take(12));
        demand(head.startsWith("RIFF") && head.endsWith("WAVE"));
        let [format, count]: (Uint8Array | undefined)[] = [];
        for (let chunks = 0; chunks < LIMITS.chunks; chunks++) {
            const kind = asLatin1(this.take(4));
            const size = little(this.take(4), 0, 4);
            if (kind === "data") {
                demand(format !== undefined);
                this.assemble(format, count, this.data(size, little(format, 12, 2)));
                return;
            }
            const start = this.at;
            const body = this.take(size);
            if (kind === "fmt " && format === undefined) format = writtenAnew(body);
            else if (kind === "fact" && size >= 4 && count === undefined) count = body;
            else this.noteTag(this.untrusted.subarray(start - 8, this.at));
            this.at += size % 2;
        }
        demand(false);
    }

    protected verify(clean: Uint8Array): void {
        verifyWav(clean);
    }

    /** The samples; what stands behind the last whole one is noted. */
    private data(told: number, align: number): Uint8Array {
        // A recorder could not come back to write the length.
        const size = told === TO_THE_END ? this.untrusted.length - this.at : told;
        const body = this.take(size);
        this.at += size % 2;
        this.cutHere();
        if (size % align > 0) this.note(["trailer"]);
        return body.subarray(0, size - (size % align));
    }

    private assemble(format: Uint8Array, count: Uint8Array | undefined, data: Uint8Array): void {
        const chunks = [...chunk("fmt ", format)];
        const samples = count === undefined ? 0 : little(count, 0, 4);
        if (count !== undefined && kindOf(format) !== PCM && samples > 0 && samples <= mostSamples(format, data.length)) {
            chunks.push(...chunk("fact", count.subarray(0, 4)));
        }
        chunks.push(...chunk("data", data));
        const size = chunks.reduce((sum, piece) => sum + piece.length, 4);
        this.emit(latin1("RIFF"), littleBytes(size, 4), latin1("WAVE"), ...chunks);
    }
}

/** The description of the samples without a value that could be free. */
function writtenAnew(body: Uint8Array): Uint8Array {
    demand(body.length >= 16);
    const [kind, channels, rate] = [little(body, 0, 2), little(body, 2, 2), little(body, 4, 4)];
    const [align, bits] = [little(body, 12, 2), little(body, 14, 2)];
    demand(channels > 0 && channels <= MAX_CHANNELS && rate > 0 && rate <= MAX_RATE && align > 0);
    if (kind === MS_ADPCM || kind === IMA_ADPCM) return packed(body, kind, rate, align);
    demand([8, 16, 24, 32, 64].includes(bits) && align === (channels * bits) / 8);
    const plain = join([body.subarray(0, 8), littleBytes(rate * align, 4), body.subarray(12, 16)]);
    if (kind === EXTENSIBLE) return join([plain, extension(body, bits)]);
    if (!PLAIN.includes(kind)) throw new UnreadableFileError("sound-unsupported");
    return kind === PCM ? plain : join([plain, new Uint8Array(2)]);
}

/** How many bits mean something, which loudspeakers, and the kind of samples. */
function extension(body: Uint8Array, bits: number): Uint8Array {
    demand(body.length >= 40);
    const [valid, speakers, kind] = [little(body, 18, 2), little(body, 20, 4), little(body, 24, 2)];
    demand(valid <= bits);
    if (!PLAIN.includes(kind) || !startsWith(body, SUBFORMAT, 26)) throw new UnreadableFileError("sound-unsupported");
    return join([littleBytes(22, 2), littleBytes(valid, 2), littleBytes(speakers & 0x3ffff, 4), littleBytes(kind, 2), SUBFORMAT]);
}

/** The description of samples of four bits in blocks. */
function packed(body: Uint8Array, kind: number, rate: number, align: number): Uint8Array {
    const rest = kind === MS_ADPCM ? COEFFICIENTS : new Uint8Array();
    demand(startsWith(body, rest, 20) && body.length >= 20);
    const samples = little(body, 18, 2);
    demand(samples > 0 && samples <= 2 * align);
    const start = join([body.subarray(0, 8), littleBytes(Math.floor((rate * align) / samples), 4), body.subarray(12, 14)]);
    return join([start, littleBytes(4, 2), littleBytes(2 + rest.length, 2), littleBytes(samples, 2), rest]);
}

function kindOf(format: Uint8Array): number {
    return little(format, 0, 2);
}

/** How many samples a channel can have in *size* bytes. */
function mostSamples(format: Uint8Array, size: number): number {
    const blocks = Math.floor(size / little(format, 12, 2));
    return [MS_ADPCM, IMA_ADPCM].includes(kindOf(format)) ? blocks * little(format, 18, 2) : blocks;
}

function chunk(kind: string, body: Uint8Array): Uint8Array[] {
    return [latin1(kind), littleBytes(body.length, 4), body, new Uint8Array(body.length % 2)];
}
