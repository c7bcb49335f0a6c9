/** The twin of `files/images/exif.py`: orientation and kinds of secrets of an Exif block. */

import { exifCategory, latin1 } from "../policy.ts";

const ORIENTATION = 0x0112;
const EXIF_DIRECTORY = 0x8769;
const SHORT = 3;
export const UPRIGHT = 1;

export function readExif(untrusted: Uint8Array): { orientation: number; categories: Set<string> } {
    const view = new DataView(untrusted.buffer, untrusted.byteOffset, untrusted.length);
    const magic = untrusted.length < 4 ? 0 : view.getUint32(0);
    const little = magic === 0x49492a00;
    let orientation = UPRIGHT;
    if (!little && magic !== 0x4d4d002a) return { orientation, categories: new Set(["unknown"]) };

    // Outside the block both give 0.
    const short = (at: number): number => (at + 2 > view.byteLength ? 0 : view.getUint16(at, little));
    const long = (at: number): number => (at + 4 > view.byteLength ? 0 : view.getUint32(at, little));
    function* entries(directory: number): Generator<[tag: number, kind: number, at: number]> {
        const end = Math.min(directory + 2 + 12 * short(directory), view.byteLength - 11);
        for (let at = directory + 2; at < end; at += 12) yield [short(at), short(at + 2), at + 8];
    }

    const categories = new Set<string>();
    const first = long(4);
    let inner = 0;
    for (const [tag, kind, at] of entries(first)) {
        categories.add(exifCategory(tag));
        if (tag === ORIENTATION && kind === SHORT && short(at) >= 1 && short(at) <= 8) orientation = short(at);
        if (tag === EXIF_DIRECTORY) inner = long(at);
    }
    if (inner > 0) for (const [tag] of entries(inner)) categories.add(exifCategory(tag));
    if (long(first + 2 + 12 * short(first)) > 0) categories.add("thumbnail");
    return { orientation, categories };
}

/** The 36-byte APP1 segment that holds *orientation* and nothing else. */
export function orientationSegment(orientation: number): Uint8Array {
    return latin1(
        "\xff\xe1\0\x22Exif\0\0MM\0\x2a\0\0\0\x08\0\x01\x01\x12\0\x03\0\0\0\x01\0" +
            String.fromCharCode(orientation) +
            "\0\0\0\0\0\0",
    );
}
