/** The twin of `files/media/matroska_segment.py`: what stands in a segment. */

import { cleanCoded } from "./coded.ts";
import { frames, trackOf } from "./matroska-blocks.ts";
import { CHILDREN, type Element, type Elements, type Treat, type Treats } from "./matroska-elements.ts";
import { cleanTrack, type Track } from "./matroska-track.ts";

export const SEGMENT = 0x18538067;
export const CLUSTER = 0x1f43b675;
const SEEK_HEAD = 0x114d9b74;
const SEEK = 0x4dbb;
const SEEK_TARGET = 0x53ab;
const INFO = 0x1549a966;
const MUXER = 0x4d80;
const WRITER = 0x5741;
const TRACKS = 0x1654ae6b;
const ENTRY = 0xae;
const SIMPLE_BLOCK = 0xa3;
const GROUP = 0xa0;
const BLOCK = 0xa1;
const ADDITIONS = 0x75a1;
const MORE = 0xa6;
const ADDITION = 0xa5;
const ADDITION_NUMBER = 0xee;
const TRANSPARENCY = 1;
const CUES = 0x1c53bb6b;
const CUE = 0xbb;
const CUE_POSITIONS = 0xb7;
const CUE_TRACK = 0xf7;

const asIs: Treat = () => undefined;
const NOTHING: Treats = new Map();

/** The tracks that stay, and everything else in the light of them. */
export class Segment {
    private readonly tracks = new Map<number, Track>();
    private readonly file: Elements;

    constructor(file: Elements) {
        this.file = file;
    }

    /** Clean the tracks first: they tell which blocks stay. */
    clean(top: readonly Element[]): void {
        const file: Elements = this.file;
        const entries = new Map<number, Treat>([[ENTRY, (one): void => { this.track(one); }]]);
        for (const element of top) if (element.identity === TRACKS) file.inside(element, entries);
        file.demand(this.tracks.size > 0);
        const seeks = new Map<number, Treat>([[SEEK, (one): void => { this.seek(one); }]]);
        const cues = new Map<number, Treat>([[CUE, (one): void => { this.cue(one); }]]);
        const program: Treat = (one) => { file.zero(one.body, one.end, "software"); };
        const programs = new Map([
            [MUXER, program],
            [WRITER, program],
        ]);
        const blocks = new Map<number, Treat>([
            [SIMPLE_BLOCK, (one): void => { this.block(one); }],
            [GROUP, (one): void => { this.group(one); }],
        ]);
        const treat = new Map<number, Treat>([
            [TRACKS, asIs],
            [CLUSTER, (one): void => { file.inside(one, blocks); }],
            [SEEK_HEAD, (one): void => { file.inside(one, seeks); }],
            [INFO, (one): void => { file.inside(one, programs); }],
            [CUES, (one): void => { file.inside(one, cues); }],
        ]);
        for (const element of top) file.child(SEGMENT, element, treat);
    }

    private track(entry: Element): void {
        const track = cleanTrack(this.file, entry);
        if (track === undefined) return;
        this.file.demand(!this.tracks.has(track.number));
        this.tracks.set(track.number, track);
    }

    /** Keep what leads to a part that stays. */
    private seek(element: Element): void {
        const targets = this.values(element, SEEK_TARGET);
        const leads = targets.length === 1 && CHILDREN.get(SEGMENT)?.has(targets[0] ?? 0) === true;
        if (leads) this.file.inside(element, NOTHING);
        else this.file.vanish(element);
    }

    private values(element: Element, identity: number): number[] {
        const children = this.file.children(element.body, element.end);
        return children.filter((one) => one.identity === identity).map((one) => this.file.value(one));
    }

    /** Keep a point in time that leads to a track that stays. */
    private cue(element: Element): void {
        const file: Elements = this.file;
        let isKept = false;
        for (const one of file.children(element.body, element.end)) {
            if (one.identity !== CUE_POSITIONS) continue;
            if (this.values(one, CUE_TRACK).every((track) => this.tracks.has(track))) isKept = true;
            else file.vanish(one);
        }
        if (isKept) file.inside(element, NOTHING);
        else file.vanish(element);
    }

    /** Clean the frames of a block, or let it vanish with its track. */
    private block(block: Element): void {
        const file: Elements = this.file;
        const [number, at] = trackOf(file, block);
        const track = this.tracks.get(number);
        if (track === undefined) file.vanish(block);
        else if (track.coding.name !== "") {
            for (const [start, end] of frames(file, at, block.end)) {
                file.spend();
                cleanCoded(file, track.coding, start, end);
            }
        }
    }

    private group(group: Element): void {
        const file: Elements = this.file;
        const [block, second] = file.children(group.body, group.end).filter((one) => one.identity === BLOCK);
        file.demand(block !== undefined && second === undefined);
        const track = this.tracks.get(trackOf(file, block)[0]);
        if (track === undefined) {
            file.vanish(group);
            return;
        }
        const more = new Map<number, Treat>([[MORE, (one): void => { this.addition(one); }]]);
        const additions: Treat = track.hasAlpha ? (one): void => { file.inside(one, more); } : (one): void => { file.remove(one); };
        const treat = new Map<number, Treat>([
            [BLOCK, (one): void => { this.block(one); }],
            [ADDITIONS, additions],
        ]);
        file.inside(group, treat);
    }

    /** Keep the transparency of a picture. */
    private addition(element: Element): void {
        const numbers = this.values(element, ADDITION_NUMBER);
        const isTransparency = numbers.length === 0 || (numbers.length === 1 && numbers[0] === TRANSPARENCY);
        if (isTransparency) this.file.inside(element, new Map([[ADDITION, asIs]]));
        else this.file.remove(element);
    }
}
