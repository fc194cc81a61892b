// Writes the names of countries into the messages of languages, as the CLDR of
// this Node has them: node tools/countries.mjs FOLDER=TAG... (go generate calls it).
import { writeFileSync } from "node:fs";

const letters = [..."ABCDEFGHIJKLMNOPQRSTUVWXYZ"];
const codes = letters.flatMap((a) => letters.map((b) => a + b));
// Groups of countries, what is no place, and codes that were withdrawn.
const none = new Set(["EU", "EZ", "UN", "QO", "XA", "XB", "ZZ"]);
// Those that people look for by their short names: not "Hong Kong SAR China".
const short = new Set(["HK", "MO"]);

for (const argument of process.argv.slice(2)) {
  const [folder, tag] = argument.split("=");
  const long = new Intl.DisplayNames([tag], { type: "region", fallback: "none" });
  const brief = new Intl.DisplayNames([tag], { type: "region", fallback: "none", style: "short" });
  const names = { of: (code) => (short.has(code) ? brief : long).of(code) };
  const lines = codes
    .filter((code) => !none.has(code) && names.of(code) && Intl.getCanonicalLocales(`und-${code}`)[0] === `und-${code}`)
    .map((code) => `"country.${code}" = ${JSON.stringify(names.of(code))}`);
  writeFileSync(
    new URL(`../internal/locale/messages/${folder}/country.toml`, import.meta.url),
    `# Names of countries, of CLDR ${process.versions.cldr}; tools/countries.mjs wrote them.\n\n${lines.join("\n")}\n`,
  );
}
