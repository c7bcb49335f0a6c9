/** Numbers as bytes, where `number` of `walker.ts` is not enough. */

/** A little-endian number of *size* ≤ 6 bytes; bytes outside count as zero. */
export function little(bytes: Uint8Array, at: number, size: number): number {
    let value = 0;
    for (let i = size - 1; i >= 0; i--) value = value * 256 + (bytes[at + i] ?? 0);
    return value;
}

/** *value* in *size* bytes, the lowest one first. */
export function littleBytes(value: number, size: number): Uint8Array {
    return Uint8Array.from({ length: size }, (_, i) => Math.floor(value / 256 ** i) % 256);
}

/** *value* in *size* bytes, the highest one first. */
export function bigBytes(value: number, size: number): Uint8Array {
    return littleBytes(value, size).reverse();
}
