/**
 * A copy of the checkout in which one file at a time may be broken: what is
 * tracked, what is compiled, and the installed packages by a link.
 */
import {
  cpSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import ts from 'typescript';
import { run } from '../run.mjs';
import { countRun } from '../vitest-report.mjs';
import { mutated } from './mutation.mjs';

/** @typedef {import('./mutation.mjs').Mutation} Mutation */

/** Compiled and remembered things that are in no commit. */
const BUILT = ['dist', 'native/build', '.stamp'];
const VITEST = 'node_modules/vitest/vitest.mjs';
/** What vitest-report.mjs says of a file whose tests did not begin. */
const NOT_RUN = 'could not be run';
/** For each file; a test that hangs has noticed. */
const TEST_LIMIT_SECONDS = 120;

/**
 * As in tsconfig.json, file by file. Which kind of module NodeNext means stands in a
 * package.json that a compiler of one text does not see: it would take CommonJS.
 * @type {ts.CompilerOptions}
 */
const COMPILER = {
  target: ts.ScriptTarget.ES2022,
  module: ts.ModuleKind.ESNext,
  moduleResolution: ts.ModuleResolutionKind.Bundler,
  rewriteRelativeImportExtensions: true,
  verbatimModuleSyntax: true,
  isolatedModules: true,
};

/** @param {string} text @param {string} file */
function compiled(text, file) {
  return ts.transpileModule(text, { compilerOptions: COMPILER, fileName: resolve(file) })
    .outputText;
}

/** Which tests failed and how, in a line each. @param {string} report */
function failuresIn(report) {
  try {
    const { testResults } = JSON.parse(readFileSync(report, 'utf8'));
    return testResults.flatMap((/** @type {any} */ file) =>
      file.assertionResults
        .filter((/** @type {any} */ test) => test.status === 'failed')
        .map((/** @type {any} */ test) => {
          const [why = ''] = `${test.failureMessages?.[0] ?? ''}`.split('\n');
          return `${file.name}: ${test.fullName}: ${why}`;
        }),
    );
  } catch {
    return [];
  }
}

export class Workshop {
  /** @param {readonly string[]} files what is tracked, paths from the top of the checkout */
  constructor(files) {
    /** @readonly */
    this.folder = mkdtempSync(join(tmpdir(), 'livery-mutations-'));
    for (const file of files) {
      mkdirSync(dirname(join(this.folder, file)), { recursive: true });
      cpSync(file, join(this.folder, file));
    }
    for (const folder of BUILT) cpSync(folder, join(this.folder, folder), { recursive: true });
    this.#unbundle();
    symlinkSync(resolve('node_modules'), join(this.folder, 'node_modules'));
  }

  /**
   * Runs tests as they are.
   * @param {string} suite @param {readonly string[]} files @param {string} [only]
   */
  async test(suite, files, only) {
    const report = join(this.folder, 'report.json');
    rmSync(report, { force: true });
    const args = [VITEST, 'run', '--project', suite, '--bail=1', '--reporter=json'];
    args.push(`--outputFile.json=${report}`, ...(only === undefined ? [] : ['-t', only]), ...files);
    const result = await run(process.execPath, args, {
      cwd: this.folder,
      env: { NO_COLOR: '1' },
      limitSeconds: TEST_LIMIT_SECONDS * files.length,
    });
    return { ...countRun(report, result), failures: failuresIn(report) };
  }

  /**
   * Breaks one file, runs its test, and mends the file. A file of tests that could not even
   * begin has noticed nothing: a program that does not start lacks more than its defence.
   * @param {Mutation} mutation @returns {Promise<boolean>} whether a test failed
   */
  async isCaught(mutation) {
    const source = join(this.folder, mutation.file);
    const before = readFileSync(source, 'utf8');
    const text = mutated(before, mutation);
    try {
      await this.#put(mutation.file, text);
      const counts = await this.test(mutation.suite, [mutation.test], mutation.only);
      return counts.failed > 0 && !counts.notes.some((note) => note.endsWith(NOT_RUN));
    } finally {
      await this.#put(mutation.file, before);
    }
  }

  /** @param {string} file @param {string} text */
  async #put(file, text) {
    writeFileSync(join(this.folder, file), text);
    if (file.startsWith('src/')) {
      const script = file.replace(/^src\//, 'dist/').replace(/\.ts$/, '.js');
      writeFileSync(join(this.folder, script), compiled(text, file));
    } else if (file.startsWith('native/')) {
      const result = await run(process.execPath, ['scripts/setup.mjs', 'build'], {
        cwd: this.folder,
      });
      if (result.code !== 0) throw new Error(`${file} does not compile:\n${result.output}`);
      // That build made it again.
      this.#unbundle();
    }
  }

  /** Modules are what is broken one at a time; programs would take a bundle instead of them. */
  #unbundle() {
    rmSync(join(this.folder, 'dist/bundle'), { recursive: true, force: true });
  }

  [Symbol.dispose]() {
    rmSync(this.folder, { recursive: true, force: true });
  }
}
