/** The twin of `files/media/matroska_blocks.py`: which track blocks belong to, and their frames. */

import { type Element, type Elements } from "./matroska-elements.ts";

const LACING = 6;
const XIPH = 2;
const FIXED = 4;
/** Larger numbers of tracks and sizes of frames are not met. */
const VINT_BYTES = 4;

/** The block's track, and where its frames begin. */
export function trackOf(file: Elements, block: Element): [track: number, at: number] {
    const after = file.after(block.body, block.end);
    const width = after - block.body;
    file.demand(width > 0 && width <= VINT_BYTES && after + 3 <= block.end);
    return [plainVint(file, block.body, after), after + 3];
}

/** Start and end of each frame of a block whose frames begin at *first*. */
export function* frames(file: Elements, first: number, end: number): Generator<[start: number, end: number]> {
    const lacing = file.byte(first - 1) & LACING;
    if (lacing === 0) {
        yield [first, end];
        return;
    }
    const [sizes, begin] = sizesOf(file, lacing, file.number(first, 1), first + 1, end);
    let at = begin;
    file.demand(sizes.reduce((sum, size) => sum + size, 0) <= end - at);
    for (const size of sizes) {
        yield [at, at + size];
        at += size;
    }
    yield [at, end];
}

/** The sizes of the first *count* frames, and where the first one begins. */
function sizesOf(file: Elements, lacing: number, count: number, start: number, end: number): [number[], number] {
    if (lacing === FIXED) {
        file.demand((end - start) % (count + 1) === 0);
        return [new Array<number>(count).fill((end - start) / (count + 1)), start];
    }
    const sizes: number[] = [];
    let at = start;
    while (sizes.length < count) {
        let size = 0;
        if (lacing === XIPH) {
            for (; file.number(at, 1) === 255; at++) size += 255;
            size += file.number(at++, 1);
        } else {
            const after = file.after(at, end);
            file.demand(after > at && after - at <= VINT_BYTES);
            const before = sizes[sizes.length - 1];
            size = plainVint(file, at, after);
            if (before !== undefined) size += before - 2 ** (7 * (after - at) - 1) + 1;
            at = after;
        }
        file.demand(size >= 0 && size <= end - at);
        sizes.push(size);
    }
    return [sizes, at];
}

/** A number without its marker; here all ones are a number too. */
function plainVint(file: Elements, at: number, after: number): number {
    return file.number(at, after - at) - 2 ** (7 * (after - at));
}
