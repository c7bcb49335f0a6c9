/** The twin of `files/media/matroska_track.py`: what a file says of a track. */

import { type Coding, codingOf } from "./coded.ts";
import { known } from "./inplace.ts";
import { type Element, type Elements, TABLES, type Treat } from "./matroska-elements.ts";
import { cleanPrivate } from "./matroska-private.ts";
import { bigBytes } from "../bytes.ts";
import { latin1 } from "../policy.ts";

const CODECS: Readonly<Record<string, string>> = TABLES.codecs;
const NUMBER = 0xd7;
const TYPE = 0x83;
const CODEC = 0x86;
const IDENTIFIER = 0x73c5;
const PRIVATE = 0x63a2;
const LANGUAGE = 0x22b59c;
const VIDEO = 0xe0;
const ALPHA = 0x53c0;
const ENCODINGS = 0x6d80;
const ENCODING = 0x6240;
const SCOPE = 0x5032;
const COMPRESSION = 0x5034;
const ENCRYPTION = 0x5035;
const METHOD = 0x4254;
const STRIPPED = 0x4255;
const HEADERS_STRIPPED = 3;
const SOUND = 2;
const MOST = 2 ** 28;
const UNDETERMINED = latin1("und");

/** A track that stays; `hasAlpha` says that blocks carry transparency beside the picture. */
export interface Track {
    readonly number: number;
    readonly coding: Coding;
    readonly hasAlpha: boolean;
}

/** Clean a TrackEntry and return its track; nothing for one that was removed. */
export function cleanTrack(file: Elements, entry: Element): Track | undefined {
    file.spend(50);
    const number = file.value(only(file, entry, NUMBER));
    file.demand(number > 0 && number < MOST);
    const kind = file.value(only(file, entry, TYPE));
    if (kind !== 1 && kind !== SOUND) {
        file.remove(entry, "track", ...known(file.kinds(entry.body, entry.end)));
        return undefined;
    }
    if (kind === SOUND) file.warnings.add("voice");
    const codec = file.text(only(file, entry, CODEC));
    const name = Object.hasOwn(CODECS, codec) ? CODECS[codec] : undefined;
    if (name === undefined) throw file.refusal("codec");
    let coding = codingOf(name);
    const privates = found(file, entry, PRIVATE);
    file.demand(privates.length === 1 || (name !== "h264" && name !== "hevc"));
    for (const one of privates) coding = cleanPrivate(file, codec, one);
    checkEncodings(file, entry, coding);
    const alphas = found(file, entry, VIDEO, ALPHA).map((one) => file.value(one));
    const asIs: Treat = () => undefined;
    const treat = new Map<number, Treat>([
        [CODEC, asIs],
        [PRIVATE, asIs],
        [IDENTIFIER, (one): void => { identify(file, one, number); }],
        [LANGUAGE, (one): void => { language(file, one); }],
        [ENCODINGS, (one): void => { file.inside(one, new Map([[STRIPPED, asIs]])); }],
    ]);
    file.inside(entry, treat);
    return { number, coding, hasAlpha: alphas.length === 1 && alphas[0] === 1 };
}

/** The elements at the end of *path*. */
function found(file: Elements, element: Element, ...path: number[]): Element[] {
    let at = [element];
    for (const identity of path) {
        at = at.flatMap((one) => file.children(one.body, one.end)).filter((child) => child.identity === identity);
    }
    return at;
}

function only(file: Elements, element: Element, identity: number): Element {
    const [one, second] = found(file, element, identity);
    file.demand(one !== undefined && second === undefined);
    return one;
}

/** Write the track's number instead of the random identifier. */
function identify(file: Elements, element: Element, number: number): void {
    const size = element.end - element.body;
    file.demand(size <= 8 && number < 2 ** (8 * size));
    file.put(element.body, bigBytes(number, size), "identifier");
}

/** Say that the language is not known: leaving it out would say English. */
function language(file: Elements, element: Element): void {
    const padded = new Uint8Array(element.end - element.body);
    padded.set(UNDETERMINED.subarray(0, padded.length));
    file.put(element.body, padded, "unknown");
}

/** Frames must be stored as they are, or without their first bytes. */
function checkEncodings(file: Elements, entry: Element, coding: Coding): void {
    for (const encoding of found(file, entry, ENCODINGS, ENCODING)) {
        if (found(file, encoding, ENCRYPTION).length > 0) throw file.refusal("encrypted");
        const scopes = found(file, encoding, SCOPE).map((one) => file.value(one));
        const methods = found(file, encoding, COMPRESSION, METHOD).map((one) => file.value(one));
        const isPlain = methods.length === 1 && methods[0] === HEADERS_STRIPPED;
        const isOfFrames = scopes.length === 0 || (scopes.length === 1 && scopes[0] === 1);
        if (!isPlain || !isOfFrames || coding.name !== "") throw file.refusal("unsupported");
    }
}
