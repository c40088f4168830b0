// The indices of one leg from the pressures in a form, by the rules of service/clinical/abi.py, in whole numbers, so that nothing is rounded but once.
// The edges of the bands are not here: they come with the page, from the evidence. Nothing is decided by what is shown here; the service works it out itself.

const PLACES = 9;

/** Digits with a decimal point or comma as a whole number of 10^-9; null for anything else. */
export function decimal(text) {
  const parts = /^(\d{1,4})(?:[.,](\d{1,3}))?$/.exec(text.trim());
  return parts && BigInt(parts[1] + (parts[2] ?? "").padEnd(PLACES, "0"));
}

/** Hundredths of the ratio, half up, as a whole number. */
export function hundredths(ankle, arm) {
  return (200n * ankle + arm) / (2n * arm);
}

/** "0.62" of 62n. */
export function written(value) {
  const digits = String(value).padStart(3, "0");
  return `${digits.slice(0, -2)}.${digits.slice(-2)}`;
}

/** The band of an index in hundredths; `edges` are those of the evidence, written as it has them. */
export function band(value, edges) {
  if (value <= inHundredths(edges.abnormalAtMost)) return "abnormal";
  if (value <= inHundredths(edges.borderlineAtMost)) return "borderline";
  return value <= inHundredths(edges.normalAtMost) ? "normal" : "noncompressible";
}

function inHundredths(edge) {
  return decimal(edge) / 10n ** BigInt(PLACES - 2);
}

const NOTHING = { value: null, state: "" };

/** Of DP and PT the reading that stands for the ankle: one that did not compress, else the higher; null where neither was taken. */
export function decisive(arteries) {
  const above = arteries.filter((one) => one.above);
  return (above.length ? above : arteries).reduce((best, one) => (best === null || one.height > best.height ? one : best), null);
}

/**
 * What can be said of one leg. A reading is {value, state}: value in millionths or finer of one unit (null: no number), state "", "not-compressible" or "no-signal".
 * `rest` and `after` hold brachial-right, brachial-left, dorsalis-pedis, posterior-tibial and (at rest) toe.
 */
export function leg(rest, after, edges) {
  const arm = higherArm(rest);
  const ankle = decisive(ankles(rest));
  return { abi: abi(ankle, arm, edges), tbi: tbi(rest.toe ?? NOTHING, ankle, arm, edges), exercise: exercise(rest, after, arm) };
}

function reading(given) {
  if (given.state === "no-signal") return { exact: true, above: false, value: 0n, height: 0n };
  if (given.state === "not-compressible") return { exact: false, above: true, value: given.value, height: given.value ?? -1n };
  return given.value === null ? null : { exact: true, above: false, value: given.value, height: given.value };
}

function higherArm(from) {
  const taken = ["brachial-right", "brachial-left"].map((name) => (from[name] ?? NOTHING).value).filter((value) => value !== null);
  return taken.reduce((high, value) => (high === null || value > high ? value : high), null);
}

function ankles(from) {
  return ["dorsalis-pedis", "posterior-tibial"].map((name) => reading(from[name] ?? NOTHING)).filter((one) => one !== null);
}

function abi(ankle, arm, edges) {
  if (ankle === null) return { missing: "ankle" };
  if (ankle.above) return { band: "noncompressible", above: true, value: arm === null || ankle.value === null ? null : hundredths(ankle.value, arm) };
  if (arm === null) return { missing: "arm" };
  const value = hundredths(ankle.value, arm);
  return { value, band: band(value, edges) };
}

function tbi(given, ankle, arm, edges) {
  const toe = reading(given);
  if (toe === null) return { missing: "toe" };
  if (arm === null) return { missing: "arm" };
  const value = hundredths(toe.value, arm);
  const abnormal = value <= inHundredths(edges.toeAbnormalAtMost);
  // A toe that far above its ankle was probably written into the wrong field; what would reassure is not shown.
  const swapped = ankle !== null && ankle.exact && toe.value > ankle.value + edges.toeAboveAnkle;
  return swapped && !abnormal ? { missing: "swapped" } : { value, band: abnormal ? "abnormal" : "normal" };
}

function exercise(rest, after, arm) {
  const afterArm = higherArm(after);
  let best = null;
  for (const name of ["dorsalis-pedis", "posterior-tibial"]) {
    const before = reading(rest[name] ?? NOTHING);
    const then = reading(after[name] ?? NOTHING);
    if (before?.exact && then?.exact && (best === null || before.value > best.before.value)) best = { before, then };
  }
  if (best === null || arm === null || afterArm === null) return { missing: "pair" };
  return { value: hundredths(best.then.value, afterArm) };
}
