/** A list that a tab reads when it opens and after each change; what was read stays while it is read again. */

export class Listing<T> {
  items = $state.raw<T[] | null>(null);
  failed = $state("");

  constructor(private readonly read: () => Promise<T[]>) {
    void this.load();
  }

  load = async (): Promise<void> => {
    try {
      this.items = await this.read();
      this.failed = "";
    } catch (error) {
      this.failed = why(error);
    }
  };
}

export const why = (error: unknown): string => (error instanceof Error ? error.message : String(error));
