/** The twin of `files/media/bits.py`: single bits of a file that is cleaned in place. */

import type { InPlace } from "./inplace.ts";

export class Bits {
    at: number;
    private readonly file: InPlace;
    private readonly end: number;

    constructor(file: InPlace, start: number, end: number) {
        this.file = file;
        this.at = start * 8;
        this.end = end * 8;
    }

    get left(): number {
        return this.end - this.at;
    }

    /** The next *count* ≤ 24 bits. */
    take(count: number): number {
        this.file.demand(count <= this.left);
        let value = 0;
        for (const last = this.at + count; this.at < last; this.at++) {
            value = (value << 1) | ((this.file.byte(Math.floor(this.at / 8)) >> (7 - (this.at % 8))) & 1);
        }
        return value;
    }

    peek(count: number): number {
        const { at } = this;
        const value = this.take(count);
        this.at = at;
        return value;
    }

    align(): void {
        this.at = Math.ceil(this.at / 8) * 8;
    }

    /** Empty the next *count* bits and leave them behind. */
    zero(count: number, category: string): void {
        this.file.demand(count <= this.left);
        for (const last = this.at + count; this.at < last; ) {
            const now = Math.min(last - this.at, 8 - (this.at % 8));
            const mask = ((1 << now) - 1) << (8 - (this.at % 8) - now);
            const at = Math.floor(this.at / 8);
            this.file.put(at, Uint8Array.of(this.file.byte(at) & ~mask), category);
            this.at += now;
        }
    }
}
