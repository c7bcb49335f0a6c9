/** The twin of `files/documents/pdf/resources.py`: the resources of content streams, as they came and under new names. */

import type { Copier } from "./copier.ts";
import { type Entries, nameText, Ref, type Value } from "./syntax.ts";

/** A resource dictionary, and what tells it from others. */
export interface Resources {
    readonly entries: Entries;
    readonly identity: string;
}

export const NO_RESOURCES: Resources = { entries: new Map(), identity: "" };

/** The resources that a content stream was seen to use, under their new names. */
export class Names {
    private readonly texts = new Map<string, Map<string, string>>();
    private readonly names = new Map<string, string>();

    /** The name for a resource that is written as *text*. */
    use(category: string, text: string): string {
        const key = `${category} ${text}`;
        const known = this.names.get(key);
        if (known !== undefined) return known;
        const name = `/R${this.names.size + 1}`;
        this.names.set(key, name);
        this.fix(category, name, text);
        return name;
    }

    /** Write a resource under *name*, for which viewers look. */
    fix(category: string, name: string, text: string): void {
        const texts = this.texts.get(category) ?? new Map<string, string>();
        this.texts.set(category, texts.set(name, text));
    }

    text(): string {
        const categories = [...this.texts].sort(([a], [b]) => (a < b ? -1 : 1));
        const words = categories.flatMap(([category, texts]) => [nameText(category), "<<", ...[...texts].flat(), ">>"]);
        return ["<<", ...words, ">>"].join(" ");
    }
}

/** The resources that *entries* have of their own. */
export function resourcesOf(copier: Copier, entries: Entries, owner: Value): Resources | undefined {
    const untrusted: Value = entries.get("Resources") ?? null;
    const value = copier.source.value(untrusted);
    if (!(value instanceof Map)) return undefined;
    if (untrusted instanceof Ref) return { entries: value, identity: untrusted.key };
    // A direct dictionary of a direct object is like no other.
    return { entries: value, identity: `in ${owner instanceof Ref ? owner.key : copier.unique()}` };
}
