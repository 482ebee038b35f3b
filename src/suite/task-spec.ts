/** What is fired: the name of a registered task and its validated parameters. */
export interface TaskSpec {
  readonly type: string
  readonly parameters: Readonly<Record<string, unknown>>
}
