/** The twin of `files/documents/pdf/layers.py`: which layers are on and off when the file opens. */

import type { Copier, Rules } from "./copier.ts";
import { type Entries, Ref, stringText, type Value } from "./syntax.ts";
import { array, MAX_DEPTH } from "./values.ts";

const LAYER = `<< /Type /OCG /Name ${stringText("Layer")} >>`;
const OPERATORS = ["And", "Or", "Not"];

/** The layers of one document; give it the catalog's entry. */
export class Layers {
    private readonly copier: Copier;
    private readonly standard: Entries;
    private readonly refs = new Map<string, { readonly layer: Ref; readonly ref: string }>();

    constructor(copier: Copier, untrusted: Value) {
        this.copier = copier;
        this.standard = copier.source.entries(copier.source.entries(untrusted).get("D"));
    }

    /** The rules for entries that name layers. */
    rules(): Rules {
        return {
            layer: (_, untrusted) => this.layer(untrusted),
            layer_list: (_, untrusted) => this.list(untrusted),
            visibility: (_, untrusted) => this.visibility(untrusted, 0),
        };
    }

    /** The catalog's entry for the layers that were met; warn if any is off. */
    properties(): string | undefined {
        const met = [...this.refs.values()];
        if (met.length === 0) return undefined;
        const off = met.filter(({ layer }) => this.isOff(layer));
        if (off.length > 0) this.copier.warn("hidden-content");
        return `<< /OCGs ${array(met.map(({ ref }) => ref))} /D << /OFF ${array(off.map(({ ref }) => ref))} >> >>`;
    }

    /** A layer, or a dictionary that says which layers something belongs to. */
    private layer(untrusted: Value): string | undefined {
        const { copier } = this;
        const entries = copier.source.entries(untrusted);
        const kind = copier.source.name(entries.get("Type"));
        if (kind === "OCMD") return copier.once(untrusted, "layers", () => copier.add(() => copier.dictionary("layers", entries)));
        if (kind !== "OCG" || !(untrusted instanceof Ref)) return undefined;
        const known = this.refs.get(untrusted.key);
        if (known !== undefined) return known.ref;
        const ref = copier.put(LAYER);
        this.refs.set(untrusted.key, { layer: untrusted, ref });
        return ref;
    }

    private list(untrusted: Value): string | undefined {
        const value = this.copier.source.value(untrusted);
        if (!Array.isArray(value)) return this.layer(untrusted);
        return array(value.map((item) => this.layer(item)).filter((ref) => ref !== undefined));
    }

    /** A condition: layers joined by And, Or and Not. */
    private visibility(untrusted: Value, depth: number): string | undefined {
        const [first = null, ...rest] = this.copier.source.items(untrusted);
        const operator = this.copier.source.name(first);
        if (operator === undefined || !OPERATORS.includes(operator) || depth === MAX_DEPTH) return undefined;
        const parts = rest.map((item) => this.layer(item) ?? this.visibility(item, depth + 1));
        return array([`/${operator}`, ...parts.filter((part) => part !== undefined)]);
    }

    /** Whether a layer is off on a screen (§8.11.4.3 and §8.11.4.4). */
    private isOff(layer: Ref): boolean {
        const { source } = this.copier;
        let off = source.name(this.standard.get("BaseState")) === "OFF";
        if (this.names(this.standard.get("ON"), layer)) off = false;
        if (this.names(this.standard.get("OFF"), layer)) off = true;
        for (const usage of source.items(this.standard.get("AS")).map((item) => source.entries(item))) {
            const view = source.name(usage.get("Event")) === "View";
            if (view && this.names(usage.get("OCGs"), layer)) off = this.isSeenOff(layer, off);
        }
        return off;
    }

    private names(untrusted: Value | undefined, layer: Ref): boolean {
        return this.copier.source.items(untrusted).some((item) => item instanceof Ref && item.key === layer.key);
    }

    /** What a layer says of itself on a screen. */
    private isSeenOff(layer: Ref, otherwise: boolean): boolean {
        const { source } = this.copier;
        const view = source.entries(source.entries(source.entries(layer).get("Usage")).get("View"));
        const state = source.name(view.get("ViewState"));
        return state === "ON" || state === "OFF" ? state === "OFF" : otherwise;
    }
}
