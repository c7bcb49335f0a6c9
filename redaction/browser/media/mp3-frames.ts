/** The headers of MP3 frames, and what inside them is sound; the twin of `files/media/mp3_frames.py`. */

const KILOBITS = [0, 32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320];
const LOW_KILOBITS = [0, 8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160];
const RATES: Readonly<Record<number, readonly number[]>> = {
    3: [44_100, 48_000, 32_000],
    2: [22_050, 24_000, 16_000],
    0: [11_025, 12_000, 8_000],
};
const HEADER = 4;
const CHECKSUM = 2;
const RESERVED_EMPHASIS = 2;
/** Sound begins at most 511 bytes before its frame. */
const REMEMBERED = 520;

function byte(bytes: Uint8Array, at: number): number {
    return bytes[at] ?? 0;
}

/** The bytes of the frame of layer III that begins at *at*, 0 if none does. */
export function frameSize(bytes: Uint8Array, at: number): number {
    if (at + HEADER > bytes.length || bytes[at] !== 0xff || (byte(bytes, at + 1) & 0xe6) !== 0xe2) return 0;
    const version = (byte(bytes, at + 1) >> 3) & 3;
    const third = byte(bytes, at + 2);
    const [quality, rate] = [third >> 4, RATES[version]?.[(third >> 2) & 3]];
    if (rate === undefined || (byte(bytes, at + 3) & 3) === RESERVED_EMPHASIS) return 0;
    const kilobits = (version === 3 ? KILOBITS : LOW_KILOBITS)[quality];
    if (kilobits === undefined || kilobits === 0) return 0;
    return Math.floor(((version === 3 ? 144_000 : 72_000) * kilobits) / rate) + ((third >> 1) & 1);
}

export function isMono(bytes: Uint8Array, at: number): boolean {
    return byte(bytes, at + 3) >> 6 === 3;
}

/** The bytes between header (with checksum) and sound. */
export function sideSize(bytes: Uint8Array, at: number): number {
    const mono = isMono(bytes, at);
    if (((byte(bytes, at + 1) >> 3) & 3) === 3) return mono ? 17 : 32;
    return mono ? 9 : 17;
}

/**
 * Write zeros over the bits of whole frames that no player reads; return whether any was set.
 *
 * A frame's sound may begin in the frames before it: what counts is the stream of all bytes
 * behind the headers. Between the end of one frame's sound and the beginning of the next
 * one's lies what nobody hears.
 */
export function emptyUnused(sound: Uint8Array): boolean {
    const stream = new Stream(sound);
    for (let at = 0; at < sound.length; ) {
        const size = frameSize(sound, at);
        const side = at + HEADER + ((byte(sound, at + 1) & 1) > 0 ? 0 : CHECKSUM);
        const { back, bits } = mainData(sound, at, side);
        stream.frame(back, bits, side + sideSize(sound, at), at + size);
        at += size;
    }
    stream.end();
    return stream.changed;
}

/** How many bytes before the frame its sound begins, and its length in bits. */
function mainData(bytes: Uint8Array, at: number, side: number): { back: number; bits: number } {
    const channels = isMono(bytes, at) ? 1 : 2;
    // MPEG 1: 9 bits, private bits, 4 bits a channel of shared scale factors, two granules.
    const first = ((byte(bytes, at + 1) >> 3) & 3) === 3;
    const [backSize, begin, granules, step] = first
        ? [9, 9 + (channels === 1 ? 9 : 11), 2, 59]
        : [8, 8 + channels, 1, 63];
    let bits = 0;
    for (let part = 0; part < granules * channels; part++) bits += bitsAt(bytes, 8 * side + begin + step * part, 12);
    return { back: bitsAt(bytes, 8 * side, backSize), bits };
}

function bitsAt(bytes: Uint8Array, at: number, count: number): number {
    const first = at >> 3;
    const three = (byte(bytes, first) << 16) | (byte(bytes, first + 1) << 8) | byte(bytes, first + 2);
    return (three >> (24 - (at & 7) - count)) & ((1 << count) - 1);
}

/** The bytes behind the headers of all frames, as one stream. */
class Stream {
    changed = false;
    private readonly bytes: Uint8Array;
    private readonly regions: { begin: number; start: number; end: number }[] = [];
    private length = 0;
    private usedBits = 0;

    constructor(bytes: Uint8Array) {
        this.bytes = bytes;
    }

    /** Append a frame whose bytes for sound stand from *start* to *end*. */
    frame(back: number, bits: number, start: number, end: number): void {
        const begin = this.length - back;
        this.empty(8 * Math.max(begin, 0));
        this.usedBits = Math.max(this.usedBits, 8 * begin + bits);
        if (start >= end) return;
        this.regions.push({ begin: this.length, start, end });
        if (this.regions.length > 2 * REMEMBERED) this.regions.splice(0, REMEMBERED);
        this.length += end - start;
    }

    end(): void {
        this.empty(8 * this.length);
    }

    /** Write zeros from the last bit that was used up to bit *until*. */
    private empty(until: number): void {
        if (this.usedBits >= until) return;
        const first = Math.floor(this.usedBits / 8);
        for (let i = this.regions.length - 1; i >= 0; i--) {
            const { begin, start, end } = this.regions[i] ?? { begin: 0, start: 0, end: 0 };
            if (begin + end - start <= first) break;
            const low = Math.max(start, start + first - begin);
            const high = Math.min(end, start + until / 8 - begin);
            this.zero(low, high, low === start + first - begin ? this.usedBits % 8 : 0);
        }
        this.usedBits = until;
    }

    /** Write zeros over bytes, but not over the first *left* bits. */
    private zero(low: number, high: number, left: number): void {
        if (low >= high) return;
        const kept = byte(this.bytes, low) & (0xff00 >> left) & 0xff;
        this.changed ||= kept !== this.bytes[low] || this.bytes.subarray(low + 1, high).some((value) => value > 0);
        this.bytes.fill(0, low, high);
        this.bytes[low] = kept;
    }
}
