/**
 * The exports of a CommonJS package that was loaded with `import()`. Node and most bundles give them by name; a bundle that esbuild splits
 * into chunks gives them as `default` only.
 */
export function exportsOf<T extends object>(namespace: T, name: keyof T): T {
  return name in namespace ? namespace : (namespace as unknown as { readonly default: T }).default
}
