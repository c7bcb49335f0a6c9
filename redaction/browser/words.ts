/** The plain words, Arabic and English, for everything this package reports by code. */

import data from "../words.json";

export type Group = "categories" | "warnings" | "errors" | "kinds";
export type Language = "ar" | "en";

const WORDS: Readonly<Record<Group, Readonly<Record<string, Readonly<Record<Language, string>>>>>> = data;

/** Raise `RangeError` for a code the group does not have. */
export function words(group: Group, code: string, language: Language): string {
    const entry = WORDS[group][code];
    if (entry === undefined) throw new RangeError(`no words for ${group}/${code}`);
    return entry[language];
}
