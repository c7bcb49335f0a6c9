/** The twin of `files/documents/verify_plain.py`: one character after the other, by number. */

import { UnreadableFileError } from "../walker.ts";

/** First and last of each range. */
const UNSEEN = [
    [0x00, 0x08],
    [0x0b, 0x0b],
    [0x0d, 0x1f],
    [0x7f, 0x9f],
    [0xad, 0xad],
    [0x34f, 0x34f],
    [0x61c, 0x61c],
    [0x115f, 0x1160],
    [0x17b4, 0x17b5],
    [0x180b, 0x180f],
    [0x200b, 0x200f],
    [0x2028, 0x202e],
    [0x2060, 0x206f],
    [0x3164, 0x3164],
    [0xfe00, 0xfe0f],
    [0xfeff, 0xfeff],
    [0xffa0, 0xffa0],
    [0xfff0, 0xfffb],
    [0x1bca0, 0x1bca3],
    [0x1d173, 0x1d17a],
    [0xe0000, 0xe0fff],
] as const;
const PICTURE = 0xfe0f;
const BEFORE_PICTURE = "0123456789#*\xa9\xae";

/** Raise `UnreadableFileError` at the first character that has no right to be there. */
export function verifyPlain(clean: Uint8Array): void {
    let text: string;
    try {
        text = new TextDecoder("utf-8", { fatal: true }).decode(clean);
    } catch {
        throw new UnreadableFileError("text-malformed");
    }
    if (text.includes(" \n") || text.endsWith(" ")) throw new UnreadableFileError("text-malformed");
    verifyText(text);
}

/** Raise `UnreadableFileError` where *text* holds what cannot be seen and is not needed. */
export function verifyText(text: string): void {
    let before = 0;
    for (const char of text) {
        const place = char.codePointAt(0) ?? 0;
        if (unseen(place) && !allowed(before, place)) throw new UnreadableFileError("text-malformed");
        before = place;
    }
}

function unseen(place: number): boolean {
    return UNSEEN.some(([first, last]) => first <= place && place <= last);
}

/** Whether *place* may follow *before*: alone, behind a letter or a picture. */
function allowed(before: number, place: number): boolean {
    if (place === PICTURE) return BEFORE_PICTURE.includes(String.fromCodePoint(before)) || (before > 0x2000 && !unseen(before));
    if (place === 0x200c || place === 0x200d) return before > 0x5ff && (before === PICTURE || !unseen(before));
    return (place === 0x61c || place === 0x200e || place === 0x200f) && !unseen(before);
}
