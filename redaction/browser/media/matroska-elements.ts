/** The twin of `files/media/matroska_elements.py`: elements of a file, emptied where they stand. */

import { InPlace } from "./inplace.ts";
import { bigBytes } from "../bytes.ts";
import data from "../../files/media/matroska.json";

export const TABLES = data;
export const CHILDREN: ReadonlyMap<number, ReadonlySet<number>> = new Map(
    Object.entries(data.children).map(([parent, children]) => [
        parseInt(parent, 16),
        new Set(children.map((child) => parseInt(child, 16))),
    ]),
);
const CATEGORIES: ReadonlyMap<number, string> = new Map(
    Object.entries(data.categories).map(([identity, category]) => [parseInt(identity, 16), category]),
);
export const VOID = 0xec;
export const CHECKSUM = 0xbf;
const VALUE_BYTES = 8;
const TEXT_BYTES = 64;

/** `start` is where its identifier stands, `body` its content; `isSized` says it told its end. */
export interface Element {
    readonly identity: number;
    readonly start: number;
    readonly body: number;
    readonly end: number;
    readonly isSized: boolean;
}

export type Treat = (element: Element) => unknown;
export type Treats = ReadonlyMap<number, Treat>;

export class Elements extends InPlace {
    /** Where a number of 1 to 8 bytes ends that begins at *at*; 0 for none before *end*. */
    after(at: number, end: number): number {
        const first = at < end ? (this.data[at] ?? 0) : 0;
        const after = at + Math.clz32(first) - 23;
        return first === 0 || after > end ? 0 : after;
    }

    /** The identifier at *at* with its marker, 0 for none. */
    identifier(at: number, end: number): number {
        const after = this.after(at, end);
        return after === 0 ? 0 : this.number(at, after - at);
    }

    /** The element at *start*; nothing if what stands there does not fit before *end*. */
    element(start: number, end: number): Element | undefined {
        this.spend(4);
        const at = this.after(start, end);
        const body = at === 0 ? 0 : this.after(at, end);
        if (body === 0 || at - start > 4) return undefined;
        const identity = this.number(start, at - start);
        const size = vintValue(this.data, at, body);
        if (size === undefined) return { identity, start, body, end, isSized: false };
        return size > end - body ? undefined : { identity, start, body, end: body + size, isSized: true };
    }

    /** The elements of one whose end is known. */
    children(start: number, end: number): Element[] {
        const found: Element[] = [];
        for (let at = start; at < end; ) {
            const element = this.element(at, end);
            this.demand(element?.isSized === true);
            found.push(element);
            at = element.end;
        }
        return found;
    }

    /** Clean the children: by their entry in *treat*, as masters or as numbers. */
    inside(element: Element, treat: Treats): void {
        for (const child of this.children(element.body, element.end)) this.child(element.identity, child, treat);
    }

    /** Clean one child of *parent*, or remove it. */
    child(parent: number, child: Element, treat: Treats): void {
        const known = treat.get(child.identity);
        if (CHILDREN.get(parent)?.has(child.identity) !== true) this.remove(child);
        else if (known !== undefined) known(child);
        else if (CHILDREN.has(child.identity)) this.inside(child, treat);
        else if (child.end - child.body > VALUE_BYTES) this.remove(child);
    }

    /** Note what *element* told and let it vanish. */
    remove(element: Element, ...categories: string[]): void {
        if (element.identity === VOID) {
            this.zero(element.body, element.end);
            return;
        }
        if (element.identity !== CHECKSUM) {
            const own = CATEGORIES.get(element.identity);
            const told = categories.length > 0 ? categories : [...this.kinds(element.start, element.end)];
            this.note(own === undefined ? told : [own, ...told.filter((category) => category !== "unknown")]);
        }
        this.vanish(element);
    }

    /** Turn *element* into a Void (RFC 8794 §11.3.2). */
    vanish({ start, end }: Element): void {
        const size = end - start - 2;
        const head = size < 127 ? [VOID, 0x80 | size] : [VOID, 1, ...bigBytes(size - 7, 7)];
        this.data.set(head, start);
        this.wipe(start + head.length, end);
    }

    /** A number of up to eight bytes. */
    value(element: Element): number {
        this.demand(element.end - element.body <= VALUE_BYTES);
        return this.number(element.body, element.end - element.body);
    }

    /** Up to 64 characters, without the zeros behind them. */
    text(element: Element): string {
        this.demand(element.end - element.body <= TEXT_BYTES);
        const text = this.word(element.body, element.end - element.body);
        let size = text.length;
        while (size > 0 && text.charCodeAt(size - 1) === 0) size--;
        return text.slice(0, size);
    }
}

/** The number between *at* and *after* without its marker; nothing for all ones, which means "not told". */
export function vintValue(bytes: Uint8Array, at: number, after: number): number | undefined {
    let value = (bytes[at] ?? 0) - (1 << (7 - (after - at - 1)));
    let isAllOnes = value === (1 << (7 - (after - at - 1))) - 1;
    for (let i = at + 1; i < after; i++) {
        value = value * 256 + (bytes[i] ?? 0);
        isAllOnes &&= bytes[i] === 0xff;
    }
    return isAllOnes ? undefined : value;
}
