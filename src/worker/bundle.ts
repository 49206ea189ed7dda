import { existsSync } from 'node:fs';
import { relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { BundleOptions } from '@temporalio/worker';
import { bundleWorkflowCode } from '@temporalio/worker';
import { packageFolder } from './bundle-path.js';

/**
 * Every cached workflow pays for the bundle's top-level state, and every worker parses it at its start. The limit holds
 * for the file with its source map; a library that crept in shows here first.
 */
export const maxBundleBytes = 2 * 1024 * 1024;

/** Packages that have no business in workflow code: they belong to the edges (config, Databricks, mail, logs). */
const forbiddenPackages = [
  'zod',
  '@databricks/sql',
  'nodemailer',
  'undici',
  'pino',
  'commander',
  'thrift',
  '@temporalio/client',
  '@temporalio/worker',
  '@temporalio/activity',
];

/** Folders of the product whose code does I/O. */
const forbiddenFolders = ['config', 'databricks', 'client', 'local', 'bin'];

export interface WorkflowBundle {
  readonly code: string;
  /** Every file in it, relative to the package's folder. */
  readonly modules: readonly string[];
}

type WebpackConfig = Parameters<NonNullable<BundleOptions['webpackConfigHook']>>[0];

/**
 * Bundles the workflows with the product's payload converter, unminified: a minifier renames functions, and the
 * function's name is the workflow type.
 *
 * @param workflowsPath  default: the product's own workflows
 * @throws Error that names what must not be in a bundle, when something is
 */
export async function makeWorkflowBundle(workflowsPath = sibling('../workflows/index')): Promise<WorkflowBundle> {
  const root = packageFolder();
  const modules = new Set<string>();
  const { code } = await bundleWorkflowCode({
    workflowsPath,
    payloadConverterPath: sibling('./payload-converter'),
    logger: silentButErrors,
    webpackConfigHook: (config) => ({
      ...config,
      output: {
        ...config.output,
        // Stack traces name files as in the repository, and the artefact does not tell where it was built.
        devtoolModuleFilenameTemplate: ({ absoluteResourcePath }: { absoluteResourcePath: string }) =>
          relative(root, absoluteResourcePath),
      },
      plugins: [...(config.plugins ?? []), moduleLister(modules)],
    }),
  });
  const bundle = {
    code: placeless(code, root),
    modules: [...modules].map((file) => relative(root, file)).sort((a, b) => a.localeCompare(b)),
  };
  const problems = bundleProblems(bundle);
  if (problems.length > 0) throw new Error(`The workflow bundle is not fit to run: ${problems.join('; ')}.`);
  return bundle;
}

/**
 * The SDK's generated entry names the workflows' file by its absolute path, and the source map quotes that. Nobody needs
 * to know where a release was built, and the same sources make the same file everywhere. Stack traces need the map's
 * positions alone: the sources themselves, a third of the bundle, are in the repository.
 */
function placeless(code: string, root: string): string {
  return code.replace(/(sourceMappingURL=data:application\/json;charset=utf-8;base64,)(\S+)/, (_all, head, base64) => {
    const text = Buffer.from(base64, 'base64').toString('utf8').replaceAll(`${root}/`, '');
    const { sourcesContent: _sources, ...positions } = JSON.parse(text) as Record<string, unknown>;
    return head + Buffer.from(JSON.stringify(positions), 'utf8').toString('base64');
  });
}

/** What is wrong with a bundle, as clauses of a sentence. */
export function bundleProblems({ code, modules }: WorkflowBundle): string[] {
  const bytes = Buffer.byteLength(code);
  const strangers = modules.filter(isForbidden).map((file) => `it contains ${file}, which workflows must not import`);
  return bytes > maxBundleBytes ? [...strangers, `it has ${bytes} bytes, more than ${maxBundleBytes}`] : strangers;
}

const isForbidden = (file: string): boolean =>
  forbiddenPackages.some((name) => file.includes(`node_modules/${name}/`)) ||
  forbiddenFolders.some((folder) => new RegExp(`^(dist/)?src/${folder}/`).test(file)) ||
  // Of the activities only types may be used, and those leave no trace.
  /^(dist\/)?src\/activities\//.test(file);

/** The sources under tsx and vitest, the compiled files otherwise. */
function sibling(path: string): string {
  const [compiled, source] = ['.js', '.ts'].map((ext) => fileURLToPath(new URL(path + ext, import.meta.url)));
  const found = [compiled, source].find((file) => file !== undefined && existsSync(file));
  if (found === undefined) throw new Error(`${compiled} is missing. Run npm run build.`);
  return found;
}

const moduleLister = (modules: Set<string>): NonNullable<WebpackConfig['plugins']>[number] => ({
  apply: (compiler) => {
    compiler.hooks.compilation.tap('module-lister', (compilation) => {
      compilation.hooks.finishModules.tap('module-lister', (all) => {
        for (const module of all) {
          const file = module.nameForCondition();
          if (file !== null) modules.add(file);
        }
      });
    });
  },
});

/** Webpack tells pages about a build that went well; what went wrong is in the error that it throws, and here. */
const silentButErrors: NonNullable<BundleOptions['logger']> = {
  log: () => undefined,
  trace: () => undefined,
  debug: () => undefined,
  info: () => undefined,
  warn: () => undefined,
  error: (message) => process.stderr.write(`${message}\n`),
};
