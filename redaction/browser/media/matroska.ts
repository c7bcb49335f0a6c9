/** The twin of `files/media/matroska.py`: Matroska and WebM, cleaned where they stand. */

import { CHECKSUM, CHILDREN, type Element, Elements, type Treat, VOID } from "./matroska-elements.ts";
import { CLUSTER, SEGMENT, Segment } from "./matroska-segment.ts";
import { verifyMatroska } from "./verify-matroska.ts";
import { WholeFile } from "../walker.ts";

const HEADER = 0x1a45dfa3;
const DOCTYPE = 0x4282;
const MEDIA: Readonly<Record<string, string>> = { matroska: "video/x-matroska", webm: "video/webm" };
const TAGS = 0x1254c367;
const CHAPTERS = 0x1043a770;
const ATTACHMENTS = 0x1941a469;
const TOP = new Set([...(CHILDREN.get(SEGMENT) ?? []), TAGS, CHAPTERS, ATTACHMENTS]);
const KNOWN = new Set([...TOP, ...(CHILDREN.get(CLUSTER) ?? []), VOID, CHECKSUM]);

export class MatroskaCleaner extends WholeFile {
    protected media = "video/x-matroska";

    protected rewrite(): Uint8Array {
        const file: Elements = new Elements(this.untrusted, "video");
        const header = file.element(0, file.data.length);
        file.demand(header?.identity === HEADER && header.isSized);
        file.inside(header, new Map<number, Treat>([[DOCTYPE, (one): void => { this.kind(file, one); }]]));
        new Segment(file).clean([...topOf(file, segmentAt(file, header.end))]);
        this.note(file.removed);
        for (const warning of file.warnings) this.warnings.add(warning);
        return file.data;
    }

    protected verify(clean: Uint8Array): void {
        verifyMatroska(clean);
    }

    private kind(file: Elements, element: Element): void {
        const name = file.text(element);
        const media = Object.hasOwn(MEDIA, name) ? MEDIA[name] : undefined;
        if (media === undefined) throw file.refusal("unsupported");
        this.media = media;
    }
}

/** The segment that stands at *at*; what follows it is cut off. */
function segmentAt(file: Elements, at: number): Element {
    const segment = file.element(at, file.data.length);
    file.demand(file.identifier(at, file.data.length) === SEGMENT);
    if (segment === undefined) throw file.refusal("truncated");
    if (segment.end < file.data.length) {
        file.removed.add("trailer");
        file.cut(segment.end);
    }
    return segment;
}

/** The segment's children; what stands behind the last one is cut off. */
function* topOf(file: Elements, segment: Element): Generator<Element> {
    let at = segment.body;
    while (at < segment.end) {
        let element = file.element(at, segment.end);
        if (element?.identity === CLUSTER && !element.isSized) {
            element = { ...element, end: clusterEnd(file, element) };
        } else if (element?.isSized !== true) {
            if (segment.isSized || KNOWN.has(file.identifier(at, segment.end))) throw file.refusal("truncated");
            file.removed.add("trailer");
            file.cut(at);
            return;
        }
        yield element;
        at = element.end;
    }
}

/** Where a cluster ends that does not tell (RFC 8794 §6.2). */
function clusterEnd(file: Elements, cluster: Element): number {
    let at = cluster.body;
    while (at < cluster.end) {
        const child = file.element(at, cluster.end);
        if (child === undefined && KNOWN.has(file.identifier(at, cluster.end))) throw file.refusal("truncated");
        if (child === undefined || TOP.has(child.identity)) return at;
        file.demand(child.isSized);
        at = child.end;
    }
    return at;
}
