/** Searching the classes of a model by name, number or WordNet id. No page, no state. */

/**
 * The best hits first and how many there are in all. Every word typed must be a word of the label, or begin one, or
 * occur in it (in this order), or the whole text must be the class's number or the beginning of its WordNet id.
 */
export function search(classes, text, limit) {
  const wanted = text.trim().toLowerCase();
  if (wanted === "") return { hits: [], count: 0 };
  const words = wanted.split(/[\s,]+/);
  const ranked = [];
  for (const entry of classes) {
    const rank = rankOf(entry, wanted, words);
    if (rank !== null) ranked.push({ entry, rank });
  }
  ranked.sort((a, b) => a.rank - b.rank || byLength(a.entry, b.entry));
  return { hits: ranked.slice(0, limit).map(({ entry }) => entry), count: ranked.length };
}

/** The shorter name first, and of two the one with the smaller number. */
function byLength(a, b) {
  return a.label.length - b.label.length || a.index - b.index;
}

function rankOf({ index, wnid, label }, wanted, words) {
  if (String(index) === wanted || wnid === wanted) return 0;
  const name = label.toLowerCase();
  if (name === wanted) return 1;
  const parts = name.split(/[\s\-']+/);
  if (words.every((word) => parts.includes(word))) return 2;
  if (name.startsWith(wanted)) return 3;
  if (words.every((word) => parts.some((part) => part.startsWith(word)))) return 4;
  if (words.every((word) => name.includes(word))) return 5;
  return /^n\d+$/.test(wanted) && wnid?.startsWith(wanted) ? 6 : null;
}
