/** The twin of `text/arabizi.py`: Arabic in Latin letters and digits, compared by its consonants. */

export interface Spellings {
    readonly seen: string;
    readonly names: Readonly<Record<string, string>>;
    readonly pairs: Readonly<Record<string, string>>;
    readonly letters: Readonly<Record<string, string>>;
}

/** How many words with digits inside show that a text is written like this. */
const SURE = 2;
const SHORTEST = 3;

/** How Arabic is written in Latin letters. */
export class Arabizi {
    readonly #seen: RegExp;
    readonly #names: ReadonlyMap<string, string>;
    readonly #pairs: readonly (readonly [string, string])[];
    readonly #letters: ReadonlyMap<string, string>;

    constructor(data: Spellings) {
        this.#seen = new RegExp(data.seen, "g");
        this.#names = new Map(Object.entries(data.names));
        this.#pairs = Object.entries(data.pairs);
        this.#letters = new Map(
            Object.entries(data.letters).flatMap(([plain, letters]) => Array.from(letters, (letter) => [letter, plain] as const)),
        );
    }

    /** Whether the text seems to be written like this. */
    writtenIn(text: string): boolean {
        return (text.match(this.#seen) ?? []).length >= SURE;
    }

    /** How a name with digits may be spelled without them. */
    asNames(key: string): readonly string[] {
        const letters = this.#withoutDigits(key);
        if (letters === key) return [];
        return [letters.replaceAll("aa", "a"), this.#withoutDigits(key.replaceAll("3", ""))];
    }

    #withoutDigits(key: string): string {
        return key.replace(/[0-9]/g, (digit) => this.#names.get(digit) ?? digit);
    }

    /** The consonants of a word, Arabic or Latin, in one spelling; "" for too few. */
    bones(word: string): string {
        let plain = word;
        for (const [pair, letter] of this.#pairs) plain = plain.replaceAll(pair, letter);
        const consonants = Array.from(plain.replace(/[هh]$/, ""), (char) => this.#letters.get(char) ?? "").join("");
        const bones = consonants.replace(/(.)\1/g, "$1");
        return bones.length >= SHORTEST ? bones : "";
    }
}
