/** The twin of `files/images/metafile.py`, which says what stays, what goes and what is out of reach. */

import rules from "../../files/images/metafile.json";
import { LIMITS } from "../policy.ts";
import { join, UnreadableFileError, Walker } from "../walker.ts";
import { verifyEmf, verifyWmf } from "./verify-metafile.ts";

const FIXED: Readonly<Record<string, number>> = rules.emf.fixed;
const LISTS: Readonly<Record<string, readonly number[]>> = rules.emf.lists;
const [HEADER, END, COMMENT, FONT] = [1, 14, 70, 82];
const WMF_FONT = 0x02fb;
const PLACEABLE = 0x9ac6cdd7;
/** Where a record says where its bitmaps begin and how long they are, by kind. */
const BITMAPS: Readonly<Record<number, readonly number[]>> = {
    76: [84], 77: [84], 114: [84], 116: [84], 78: [84, 108], 79: [96, 120], 80: [48], 81: [48], 93: [16], 94: [16],
};
const EMBEDDED = [4, 5];
const EMF_PLUS_HEADER = Uint8Array.of(0x45, 0x4d, 0x46, 0x2b, 0x01, 0x40);

export class EmfCleaner extends Walker {
    protected readonly media = "image/x-emf";
    protected readonly truncated = "picture-truncated";
    private readonly kept: Uint8Array[] = [];
    private records = 1;

    protected run(): void {
        const header = this.header();
        while (this.record()) if (++this.records > LIMITS.units) throw malformed();
        this.cutHere();
        const body = join(this.kept);
        const view = viewOf(header);
        view.setUint32(48, header.length + body.length, true);
        view.setUint32(52, this.records + 1, true);
        this.emit(header, body);
    }

    protected verify(clean: Uint8Array): void {
        verifyEmf(clean);
    }

    private next(): [kind: number, record: Uint8Array] {
        const start = this.at;
        const head = viewOf(this.take(8));
        const size = head.getUint32(4, true);
        if (size < 8 || size % 4 !== 0) throw malformed();
        this.take(size - 8);
        return [head.getUint32(0, true), this.untrusted.subarray(start, this.at)];
    }

    /** The shortest header with the same measures. */
    private header(): Uint8Array {
        const [kind, record] = this.next();
        const view = viewOf(record);
        if (kind !== HEADER || record.length < 88 || view.getUint32(40, true) !== 0x464d4520) throw malformed();
        const letters = view.getUint32(60, true);
        const formats = record.length >= 96 ? view.getUint32(88, true) : 0;
        if (letters !== 0) this.note(["software"]);
        const whole = Math.min(
            record.length,
            letters === 0 ? Infinity : view.getUint32(64, true),
            formats === 0 ? Infinity : view.getUint32(92, true),
        );
        const header = new Uint8Array(whole >= 108 ? 108 : whole >= 100 ? 100 : 88);
        header.set(numbers(HEADER, header.length));
        for (const [from, to] of [[8, 48], [56, 58], [72, 88], [100, 108]] as const) {
            if (to <= header.length) header.set(record.subarray(from, to), from);
        }
        return header;
    }

    /** Copy or drop a record; false at the last one. */
    private record(): boolean {
        const [kind, record] = this.next();
        const [size, list] = [FIXED[kind], LISTS[kind]];
        if (kind === END) this.kept.push(numbers(END, 20, 0, 16, 20));
        else if (rules.emf.dropped.includes(kind)) this.drop(kind, record);
        else if (size !== undefined) this.kept.push(cut(record, size));
        else if (list !== undefined) this.kept.push(cut(record, listSize(record, list)));
        else if (kind === FONT) this.kept.push(font(record));
        else if (rules.emf.free.includes(kind)) this.kept.push(free(kind, record));
        else throw malformed();
        return kind !== END;
    }

    private drop(kind: number, record: Uint8Array): void {
        this.records--;
        this.note(["unknown"]);
        // EMF+ says at its beginning whether the other records draw the same once more.
        const plus = kind === COMMENT && EMF_PLUS_HEADER.every((byte, i) => record[12 + i] === byte);
        if (plus && (record[18] ?? 0) === 0) throw new UnreadableFileError("picture-kind");
    }
}

export class WmfCleaner extends Walker {
    protected readonly media = "image/x-wmf";
    protected readonly truncated = "picture-truncated";
    private readonly kept: Uint8Array[] = [];

    protected run(): void {
        let first = viewOf(this.take(4));
        let place = new Uint8Array();
        if (first.getUint32(0, true) === PLACEABLE) {
            place = placed(this.take(18));
            first = viewOf(this.take(4));
        }
        const rest = viewOf(this.take(14));
        const version = rest.getUint16(0, true);
        const kind = first.getUint16(0, true);
        if ((kind !== 1 && kind !== 2) || first.getUint16(2, true) !== 9 || ![0x0100, 0x0300].includes(version)) throw malformed();
        let count = 0;
        while (this.record()) if (++count > LIMITS.units) throw malformed();
        this.cutHere();
        const body = join(this.kept);
        const header = new Uint8Array(18);
        const view = viewOf(header);
        view.setUint32(0, 0x00090001, true);
        view.setUint16(4, version, true);
        view.setUint32(6, 9 + body.length / 2, true);
        view.setUint16(10, rest.getUint16(6, true), true);
        view.setUint32(12, this.kept.reduce((longest, piece) => Math.max(longest, piece.length), 0) / 2, true);
        this.emit(place, header, body);
    }

    protected verify(clean: Uint8Array): void {
        verifyWmf(clean);
    }

    /** Copy or drop a record; false at the last one. */
    private record(): boolean {
        const start = this.at;
        const head = viewOf(this.take(6));
        const [words, kind] = [head.getUint32(0, true), head.getUint16(4, true)];
        if (words < 3) throw malformed();
        this.take(2 * words - 6);
        const record = this.untrusted.subarray(start, this.at);
        if (kind === 0) this.kept.push(Uint8Array.of(3, 0, 0, 0, 0, 0));
        else if (rules.wmf.dropped.includes(kind)) this.note(["unknown"]);
        else if (!rules.wmf.kept.includes(kind)) throw malformed();
        else this.kept.push(kind === WMF_FONT ? named(record, 24, record.length, 1) : record);
        return kind !== 0;
    }
}

/** The header of a drawing that knows its size, without free fields. */
function placed(rest: Uint8Array): Uint8Array<ArrayBuffer> {
    const head = new Uint8Array(22);
    const view = viewOf(head);
    view.setUint32(0, PLACEABLE, true);
    head.set(rest.subarray(2, 12), 6);
    let checksum = 0;
    for (let at = 0; at < 20; at += 2) checksum ^= view.getUint16(at, true);
    view.setUint16(20, checksum, true);
    return head;
}

/** A record without what stands behind its contents. */
function cut(record: Uint8Array, size: number): Uint8Array {
    if (record.length < size) throw malformed();
    const whole = record.slice(0, size);
    viewOf(whole).setUint32(4, size, true);
    return whole;
}

/** The size of a record that holds a list of lists of points. */
function listSize(record: Uint8Array, [start = 0, each = 0, point = 0]: readonly number[]): number {
    if (record.length < start) throw malformed();
    const view = viewOf(record);
    const first = view.getUint32(24, true);
    const [lists, points] = each === 0 ? [0, first] : [first, view.getUint32(28, true)];
    return Math.ceil((start + lists * each + points * point) / 4) * 4;
}

/** A font by its measures and its name alone. */
function font(record: Uint8Array): Uint8Array {
    if (record.length < 104) throw malformed();
    return named(record, 40, 104, 2).fill(0, 104);
}

/** A record with nothing but zeros behind the end of the name in it. */
function named(record: Uint8Array, from: number, to: number, width: number): Uint8Array {
    const copy = record.slice();
    for (let at = from; at < to; at += width) {
        if (copy.subarray(at, Math.min(at + width, to)).every((byte) => byte === 0)) return copy.fill(0, at, to);
    }
    return copy;
}

/** A record as it is, unless its bitmap is a file of another format. */
function free(kind: number, record: Uint8Array): Uint8Array {
    const view = viewOf(record);
    for (const place of BITMAPS[kind] ?? []) {
        if (record.length < place + 8) continue;
        const [at, size] = [view.getUint32(place, true), view.getUint32(place + 4, true)];
        const embedded = size >= 20 && at + 20 <= record.length && EMBEDDED.includes(view.getUint32(at + 16, true));
        if (embedded) throw new UnreadableFileError("picture-kind");
    }
    return record;
}

function numbers(...values: number[]): Uint8Array {
    const bytes = new Uint8Array(4 * values.length);
    for (const [i, value] of values.entries()) viewOf(bytes).setUint32(4 * i, value, true);
    return bytes;
}

function viewOf(bytes: Uint8Array): DataView {
    return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

function malformed(): UnreadableFileError {
    return new UnreadableFileError("picture-malformed");
}
