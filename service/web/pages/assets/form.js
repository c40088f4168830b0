// Shows the indices while the pressures are typed, and how many questions are answered. The form works without it: the service works everything out itself.
import { band, decimal, leg, written } from "./indices.js";

const table = document.getElementById("pressures");
const data = table.dataset;
const edges = {
  abnormalAtMost: data.abnormalAtMost,
  borderlineAtMost: data.borderlineAtMost,
  normalAtMost: data.normalAtMost,
  toeAbnormalAtMost: data.toeAbnormalAtMost,
};
const perKpa = BigInt(data.mmhgPerKpa.replace(".", ""));
const sentinels = new Set(data.sentinels.split(" ").map((text) => (text.startsWith("-") ? null : decimal(text))));

/** In 10^-14 mmHg, so that kPa and the toe's margin are exact; null for what the service would give back. */
function taken(place) {
  const field = table.querySelector(`input[name="${place}"]`);
  const state = table.querySelector(`select[name="${place}-state"]`)?.value ?? "";
  const given = field ? decimal(field.value) : null;
  const kpa = document.getElementById("unit").value === "kPa";
  if (given === null) return { value: null, state };
  const value = given * (kpa ? perKpa : 100000n);
  const [low, high] = field.dataset.within.split(" ").map((text) => decimal(text) * 100000n);
  const refused = value < low || value > high || (value === 0n && state === "") || (!kpa && state === "" && sentinels.has(given));
  return refused ? { value: null, state: "" } : { value, state };
}

function readings(phase, side) {
  const found = {};
  for (const site of ["dorsalis-pedis", "posterior-tibial", "toe"]) found[site] = taken(`pressure-${phase}-${site}-${side}`);
  for (const arm of ["right", "left"]) found[`brachial-${arm}`] = taken(`pressure-${phase}-brachial-${arm}`);
  return found;
}

const MISSING = {
  ankle: "needs an ankle pressure",
  arm: "needs an arm pressure",
  toe: "needs a toe pressure",
  swapped: "toe far above the ankle: swapped?",
  pair: "needs arm and the same artery before and after",
};

function show(name, side, index, bandOf) {
  const output = document.getElementById(`${name}-${side}`);
  const number = index.value === null || index.value === undefined ? "" : written(index.value);
  const word = index.missing ? "" : (bandOf ?? index.band ?? "");
  output.className = `index-now verdict-${word || "none"}`;
  output.textContent = index.missing ? MISSING[index.missing] : `${index.above && number ? "> " : ""}${number} ${word}`.trim();
}

function update() {
  const margin = { toeAboveAnkle: decimal(data.toeAboveAnkle) * 100000n };
  for (const side of ["right", "left"]) {
    const found = leg(readings("rest", side), readings("post-exercise", side), { ...edges, ...margin });
    show("abi", side, found.abi);
    show("tbi", side, found.tbi);
    show("exercise", side, found.exercise, found.exercise.missing ? "" : band(found.exercise.value, edges));
  }
}

const answered = document.getElementById("answered");
function count() {
  const form = answered.closest("form");
  const names = new Set();
  for (const one of form.querySelectorAll(".question input:checked, .question input[type='text']")) {
    if (one.value.trim() && one.checkVisibility()) names.add(one.name);
  }
  answered.textContent = `${names.size} answered. `;
}

document.querySelector(".form").addEventListener("input", () => {
  update();
  count();
});
update();
count();
