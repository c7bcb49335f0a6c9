/**
 * Undo deflate (RFC 1951) and say where it ended.
 *
 * Other unpackers do not tell how many bytes they read, and what stands behind the end of
 * the data is where things hide.
 */

import { demand } from "./syntax.ts";

const WINDOW = 32_768;
const ROOM = 2 * WINDOW + 258;
const LENGTHS = [3, 4, 5, 6, 7, 8, 9, 10, 11, 13, 15, 17, 19, 23, 27, 31, 35, 43, 51, 59, 67, 83, 99, 115, 131, 163, 195, 227, 258];
const LENGTH_BITS = [0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 1, 1, 2, 2, 2, 2, 3, 3, 3, 3, 4, 4, 4, 4, 5, 5, 5, 5, 0];
const DISTANCES = [
    1, 2, 3, 4, 5, 7, 9, 13, 17, 25, 33, 49, 65, 97, 129, 193, 257, 385, 513, 769, 1025, 1537, 2049, 3073, 4097, 6145, 8193, 12289, 16385,
    24577,
];
const DISTANCE_BITS = [0, 0, 0, 0, 1, 1, 2, 2, 3, 3, 4, 4, 5, 5, 6, 6, 7, 7, 8, 8, 9, 9, 10, 10, 11, 11, 12, 12, 13, 13];
const CODE_ORDER = [16, 17, 18, 0, 8, 7, 9, 6, 10, 5, 11, 4, 12, 3, 13, 2, 14, 1, 15];
const END_OF_BLOCK = 256;

/** For each pattern of the next bits: a symbol times 16 and how many of the bits it takes. */
interface Code {
    readonly table: Uint16Array;
    readonly bits: number;
}

const FIXED_LENGTHS = codeOf([...run(144, 8), ...run(112, 9), ...run(24, 7), ...run(8, 8)]);
const FIXED_DISTANCES = codeOf(run(32, 5));

/** Takes what was unpacked, piece by piece; false to stop. */
export type Sink = (piece: Uint8Array) => boolean;

/**
 * Where the deflate data that begin at *at* end; 0 if they are cut short or the sink stopped.
 *
 * Raises `UnreadableFileError` for data that are none.
 */
export function inflateRaw(data: Uint8Array, at: number, sink: Sink): number {
    return new Inflater(data, at, sink).run();
}

class Inflater {
    private readonly data: Uint8Array;
    private readonly sink: Sink;
    private readonly out = new Uint8Array(ROOM);
    private at: number;
    private held = 0;
    private count = 0;
    private filled = 0;
    /** Where in `out` begins what the sink has not seen. */
    private fresh = 0;
    private stopped = false;

    constructor(data: Uint8Array, at: number, sink: Sink) {
        this.data = data;
        this.at = at;
        this.sink = sink;
    }

    run(): number {
        let [last, whole] = [false, true];
        while (!last && whole && !this.stopped) {
            last = this.bits(1) === 1;
            whole = this.block(this.bits(2));
        }
        this.flush();
        return whole && !this.stopped ? this.at - (this.count >> 3) : 0;
    }

    /** False where the data are cut short. */
    private block(kind: number): boolean {
        if (this.missing() > 0) return false;
        demand(kind !== 3);
        if (kind === 0) return this.stored();
        if (kind === 1) return this.coded(FIXED_LENGTHS, FIXED_DISTANCES);
        const [literals, distances] = [this.bits(5) + 257, this.bits(5) + 1];
        demand(literals <= 286 && distances <= 30);
        const codes = run(19, 0);
        const codeCount = this.bits(4) + 4;
        for (let i = 0; i < codeCount; i++) codes[CODE_ORDER[i] ?? 0] = this.bits(3);
        const lengths = this.lengths(codeOf(codes, false), literals + distances);
        if (lengths === undefined) return false;
        demand(lengths[END_OF_BLOCK] !== 0);
        return this.coded(codeOf(lengths.slice(0, literals)), codeOf(lengths.slice(literals)));
    }

    private stored(): boolean {
        this.held = 0;
        this.at -= this.count >> 3;
        this.count = 0;
        const size = this.byte() | (this.byte() << 8);
        const check = this.byte() | (this.byte() << 8);
        if (this.missing() > 0) return false;
        demand((size ^ check) === 0xffff);
        for (let i = 0; i < size && !this.stopped; i++) {
            if (this.at >= this.data.length) return false;
            this.put(this.data[this.at++] ?? 0);
        }
        return true;
    }

    /** The lengths of both codes; undefined where the data are cut short. */
    private lengths(code: Code, count: number): number[] | undefined {
        const lengths: number[] = [];
        while (lengths.length < count) {
            const symbol = this.symbol(code);
            if (this.missing() > 0) return undefined;
            if (symbol < 16) lengths.push(symbol);
            else if (symbol === 16) {
                demand(lengths.length > 0);
                lengths.push(...run(3 + this.bits(2), lengths.at(-1) ?? 0));
            } else lengths.push(...run(symbol === 17 ? 3 + this.bits(3) : 11 + this.bits(7), 0));
        }
        demand(lengths.length === count);
        return lengths;
    }

    private coded(literals: Code, distances: Code): boolean {
        while (!this.stopped) {
            const symbol = this.symbol(literals);
            if (this.missing() > 0) return false;
            if (symbol < END_OF_BLOCK) this.put(symbol);
            else if (symbol === END_OF_BLOCK) return true;
            else {
                const size = LENGTHS[symbol - 257];
                demand(size !== undefined);
                const length = size + this.bits(LENGTH_BITS[symbol - 257] ?? 0);
                const far = this.symbol(distances);
                const base = DISTANCES[far];
                if (this.missing() > 0) return false;
                demand(base !== undefined);
                const distance = base + this.bits(DISTANCE_BITS[far] ?? 0);
                demand(distance <= this.filled);
                for (let i = 0; i < length; i++) this.put(this.out[this.filled - distance] ?? 0);
            }
        }
        return false;
    }

    private put(byte: number): void {
        if (this.filled === ROOM) {
            this.flush();
            this.out.copyWithin(0, ROOM - WINDOW);
            this.filled = this.fresh = WINDOW;
        }
        this.out[this.filled++] = byte;
    }

    private flush(): void {
        if (this.filled > this.fresh && !this.stopped) this.stopped = !this.sink(this.out.slice(this.fresh, this.filled));
        this.fresh = this.filled;
    }

    /** The symbol that the next bits spell. */
    private symbol(code: Code): number {
        this.need(code.bits);
        const entry = code.table[this.held & ((1 << code.bits) - 1)] ?? 0;
        const used = entry & 15;
        demand(used > 0 || this.missing() > 0);
        this.held >>>= used;
        this.count -= used;
        return entry >> 4;
    }

    private bits(count: number): number {
        this.need(count);
        const value = this.held & ((1 << count) - 1);
        this.held >>>= count;
        this.count -= count;
        return value;
    }

    private need(count: number): void {
        while (this.count < count) {
            this.held |= this.byte() << this.count;
            this.count += 8;
        }
    }

    private byte(): number {
        return this.data[this.at++] ?? 0;
    }

    /** How many bytes behind the end were used. */
    private missing(): number {
        return Math.max(0, this.at - (this.count >> 3) - this.data.length);
    }
}

/** A code from the lengths of its words (§3.2.2); a lone word of one bit may leave the other pattern unused. */
function codeOf(lengths: readonly number[], mayBeLone = true): Code {
    const bits = Math.max(1, ...lengths);
    const counts = run(16, 0);
    for (const length of lengths) counts[length] = (counts[length] ?? 0) + (length > 0 ? 1 : 0);
    const next = run(17, 0);
    for (let length = 1; length <= 15; length++) next[length + 1] = ((next[length] ?? 0) + (counts[length] ?? 0)) << 1;
    const used = counts.reduce((sum, count, length) => sum + count * 2 ** (bits - length), 0);
    const words = counts.reduce((sum, count) => sum + count, 0);
    demand(used === 2 ** bits || words === 0 || (mayBeLone && bits === 1 && words === 1));
    const table = new Uint16Array(1 << bits);
    lengths.forEach((length, symbol) => {
        if (length === 0) return;
        const word = next[length] ?? 0;
        next[length] = word + 1;
        for (let pattern = reversed(word, length); pattern < table.length; pattern += 1 << length) table[pattern] = symbol * 16 + length;
    });
    return { table, bits };
}

function reversed(word: number, length: number): number {
    let pattern = 0;
    for (let i = 0; i < length; i++) pattern |= ((word >> i) & 1) << (length - 1 - i);
    return pattern;
}

function run(count: number, value: number): number[] {
    return new Array<number>(count).fill(value);
}
