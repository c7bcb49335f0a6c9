import { expect, test } from "vitest";

import { sha256Of, systemRandom, utf8 } from "./bytes.ts";
import { ReceiptCodeError } from "./errors.ts";
import { normalise, ReceiptCode, skeleton, sound, WORDS } from "./receipt.ts";
import wordList from "../receipt_words_ar.txt?raw";

const code = new ReceiptCode(Uint8Array.of(1, 2, 3, 4, 5, 6, 7, 8, 9, 10));
const words = code.words.join(" ");
const digits = code.digits.join(" ");

function problem(text: string): ReceiptCodeError {
    try {
        ReceiptCode.parse(text);
    } catch (error) {
        if (error instanceof ReceiptCodeError) return error;
    }
    throw new Error(`accepted: ${text}`);
}

test("the word list never changes", () => {
    expect(WORDS).toHaveLength(1024);
    const digest = Buffer.from(sha256Of(utf8(wordList))).toString("hex");
    expect(digest).toBe("b1f69d5af1156fa18c873ed3766e91f29b7d00db8d57677ddfede642d328cbf3");
});

test("the list's words stay unique without dots and by ear", () => {
    expect(new Set(WORDS.map(skeleton)).size).toBe(1024);
    expect(new Set(WORDS.map(sound)).size).toBe(1024);
});

test("every secret has two spellings that read as the same secret", () => {
    const secrets = [new Uint8Array(10), new Uint8Array(10).fill(255), ...Array.from({ length: 200 }, () => systemRandom(10))];
    for (const secret of secrets) {
        const one = new ReceiptCode(secret);
        expect(one.words).toHaveLength(9);
        expect(one.digits.join("")).toMatch(/^\d{28}$/);
        expect(ReceiptCode.parse(one.words.join(" ")).secret).toEqual(secret);
        expect(ReceiptCode.parse(one.digits.join(" ")).secret).toEqual(secret);
    }
});

test("people's ways of writing words are read", () => {
    const numbered = code.words.map((word, i) => `${i + 1}. ${word}،`).join("\n");
    const withArticle = code.words.map((word) => `ال${word}`).join(" ");
    const vowelled = code.words.map((word) => Array.from(word).join("\u064E")).join("\u200F ");
    const stretched = code.words.map((word) => `${word.slice(0, 1)}ــ${word.slice(1)}`).join("-");
    const dotless = code.words.map((word) => skeleton(word).replaceAll("ٮ", "ب").replaceAll("ڡ", "ف")).join(" ");
    const heard = code.words.map((word) => word.replaceAll("ص", "س").replaceAll("ط", "ت").replaceAll("ق", "ك")).join(" ");
    for (const text of [numbered, withArticle, vowelled, stretched, dotless, heard]) {
        expect(ReceiptCode.parse(text).secret).toEqual(code.secret);
    }
});

test("people's ways of writing digits are read", () => {
    const eastern = digits.replace(/\d/g, (digit) => "٠١٢٣٤٥٦٧٨٩"[Number(digit)] ?? "");
    const persian = digits.replace(/\d/g, (digit) => "۰۱۲۳۴۵۶۷۸۹"[Number(digit)] ?? "");
    const reversed = [...code.digits].reverse().join("-");
    for (const text of [digits.replaceAll(" ", ""), eastern, persian, reversed, `(${digits})\n`]) {
        expect(ReceiptCode.parse(text).secret).toEqual(code.secret);
    }
});

test("an error says what to correct", () => {
    const broken = code.words.map((word, i) => (i === 4 ? "كتلبخشت" : word)).join(" ");

    expect(problem("")).toMatchObject({ kind: "empty" });
    expect(problem(" .,؟ ")).toMatchObject({ kind: "empty" });
    expect(problem(code.words.slice(1).join(" "))).toMatchObject({ kind: "word_count", count: 8 });
    expect(problem(digits.slice(1))).toMatchObject({ kind: "digit_count", count: 27 });
    expect(problem(broken)).toMatchObject({ kind: "unknown_word", position: 5, word: "كتلبخشت" });
    expect(WORDS).toContain(problem(broken).nearest);
    expect(problem("كلمة ".repeat(300))).toMatchObject({ kind: "too_long" });
});

test("every wrong digit and every swap of neighbours is caught", () => {
    const plain = digits.replaceAll(" ", "");
    for (let at = 0; at < plain.length; at++) {
        const wrong = String((Number(plain[at]) + 1 + (at % 9)) % 10);
        const text = plain.slice(0, at) + wrong + plain.slice(at + 1);
        expect(problem(text)).toMatchObject({ kind: "check_digits" });
        const swapped = plain.slice(0, at) + (plain[at + 1] ?? "") + (plain[at] ?? "") + plain.slice(at + 2);
        if (at < 27 && swapped !== plain) expect(problem(swapped)).toMatchObject({ kind: "check_digits" });
    }
});

test("check digits have one spelling and secrets end at 80 bits", () => {
    const small = Array.from({ length: 2000 }, (_, i) => new ReceiptCode(Uint8Array.of(0, 0, 0, 0, 0, 0, 0, 0, i >> 8, i & 255)));
    const low = small.find((one) => Number(one.digits.join("").slice(-3)) <= 2);
    const plain = low?.digits.join("") ?? "";
    const other = plain.slice(0, -3) + String(Number(plain.slice(-3)) + 997);
    expect(problem(other)).toMatchObject({ kind: "check_digits" });

    const tooLarge = (1n << 80n) * 1000n;
    const check = (((1n - tooLarge) % 997n) + 997n) % 997n;
    expect(problem((tooLarge + check).toString().padStart(28, "0"))).toMatchObject({ kind: "check_digits" });
});

test("letters that look the same are one letter", () => {
    expect(normalise("أإآٱ ى ة ؤ ئ ک ی ھ پ چ گ ڤ")).toBe("اااا ي ه و ي ك ي ه ب ج ك ف");
    expect(normalise("مُحَمَّد")).toBe("محمد");
    expect(words).toBe(normalise(words));
});
