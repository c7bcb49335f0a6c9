/** What an encoder says in front of the sound of an AAC frame (ISO/IEC 14496-3 tables 4.3, 4.10 and 4.57). */

import { demand } from "./sound.ts";

const [DATA_ELEMENT, FILL_ELEMENT] = [4, 6];
/** Kinds of filling that hold nothing for players. */
const FILLS = [0, 1, 2];

/** Empty data and fill elements at the beginning of a frame in place; return whether any said something. */
export function emptyElements(frame: Uint8Array): boolean {
    const bits = new Bits(frame);
    while (bits.left >= 16) {
        const kind = bits.take(3);
        if (kind !== DATA_ELEMENT && kind !== FILL_ELEMENT) break;
        let size: number;
        if (kind === DATA_ELEMENT) {
            const aligned = (bits.take(5) & 1) > 0;
            size = bits.escaped(8);
            if (aligned) bits.at += -bits.at & 7;
        } else {
            size = bits.escaped(4);
            if (size > 0 && !FILLS.includes(bits.peek(4))) break;
        }
        bits.zero(8 * size);
    }
    return bits.changed;
}

class Bits {
    at = 0;
    changed = false;
    private readonly bytes: Uint8Array;

    constructor(bytes: Uint8Array) {
        this.bytes = bytes;
    }

    get left(): number {
        return 8 * this.bytes.length - this.at;
    }

    /** The next *count* ≤ 8 bits, which stay unread. */
    peek(count: number): number {
        demand(count <= this.left);
        const first = this.at >> 3;
        const two = ((this.bytes[first] ?? 0) << 8) | (this.bytes[first + 1] ?? 0);
        return (two >> (16 - (this.at & 7) - count)) & ((1 << count) - 1);
    }

    take(count: number): number {
        const value = this.peek(count);
        this.at += count;
        return value;
    }

    /** A number that goes on in a second one when it is all ones. */
    escaped(width: number): number {
        const size = this.take(width);
        if (size < (1 << width) - 1) return size;
        return size + this.take(8) - (width === 4 ? 1 : 0);
    }

    zero(count: number): void {
        demand(count <= this.left);
        for (const end = this.at + count; this.at < end; ) {
            const now = Math.min(end - this.at, 8 - (this.at & 7));
            const mask = ((1 << now) - 1) << (8 - (this.at & 7) - now);
            const byte = this.bytes[this.at >> 3] ?? 0;
            this.changed ||= (byte & mask) > 0;
            this.bytes[this.at >> 3] = byte & ~mask;
            this.at += now;
        }
    }
}
