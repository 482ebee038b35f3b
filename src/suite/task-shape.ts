/** A registered task, as far as suites need to know it. */
export interface TaskShape {
  /** The key that selects it in a scenario. */
  readonly name: string
  /** JSON Schema of its parameters. */
  readonly parameters: Readonly<Record<string, unknown>>
  readonly title?: string
  readonly description?: string
}
