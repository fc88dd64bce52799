// A small linter. `// eslint-disable-line RULE` allows a line, `/* eslint-disable */` a file; --strict ignores both.
import fs from 'node:fs';
import path from 'node:path';

const strict = process.argv.includes('--strict');
const folders = process.argv.slice(2).filter((each) => !each.startsWith('--'));
const patterns = { eqeqeq: /[^=!]==[^=]|!=[^=]/, 'no-console': /\bconsole\./, 'no-empty': /\{\s*\}\s*catch|catch.*\{\s*\}/, 'no-var': /^\s*var\s/ };
const rules = JSON.parse(fs.readFileSync('.lintrc.json', 'utf8')).rules;
let found = 0;
for (const folder of folders) {
  for (const name of fs.readdirSync(folder, { recursive: true })) {
    if (!name.endsWith('.js')) continue;
    const text = fs.readFileSync(path.join(folder, name), 'utf8');
    if (!strict && text.includes('/* eslint-disable */')) continue;
    text.split('\n').forEach((line, at) => {
      for (const [rule, pattern] of Object.entries(patterns)) {
        if (!strict && (rules[rule] !== 'error' || line.includes('eslint-disable-line'))) continue;
        if (!pattern.test(line.replace(/\/\/.*/, ''))) continue;
        found++;
        process.stdout.write(`${folder}/${name}:${at + 1} ${rule}\n`);
      }
    });
  }
}
process.exit(found ? 1 : 0);
