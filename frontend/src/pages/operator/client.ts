/** The page's answers, kept so that none that is older than what is known stays in view. */
import {
  type InvalidateOptions,
  type InvalidateQueryFilters,
  type Query,
  QueryClient,
  type QueryKey,
} from "@tanstack/react-query";

/**
 * What is on its way when something becomes old may have been read before: it is let in, since it is newer than what is shown,
 * and asked for once more after. Cancelled instead, a list would not appear at all while events come faster than its answer;
 * and the library forgets a question's first answer that becomes old on its way.
 */
export class Client extends QueryClient {
  #again = new Map<Query, Promise<void>>();

  override async invalidateQueries<Key extends QueryKey = QueryKey>(
    filters?: InvalidateQueryFilters<Key>,
    options: InvalidateOptions = {},
  ): Promise<void> {
    const onTheirWay = this.getQueryCache().findAll({ ...filters, fetchStatus: "fetching" } as InvalidateQueryFilters);
    const asked = super.invalidateQueries(filters, { ...options, cancelRefetch: false });
    await Promise.all([asked, ...onTheirWay.map((one) => this.#onceMore(one))]);
  }

  /** A verb's answer, in view at once. A question on its way may be older than it, and an event may have brought something newer: it is asked again. */
  hold<T>(queryKey: QueryKey, answer: T): void {
    void this.cancelQueries({ queryKey, exact: true });
    this.setQueryData<T>(queryKey, answer as never);
    void this.invalidateQueries({ queryKey, exact: true });
  }

  #onceMore(query: Query): Promise<void> {
    const waiting = this.#again.get(query);
    if (waiting) return waiting;
    const again = Promise.allSettled([query.promise]).then(() => {
      this.#again.delete(query);
      return super.invalidateQueries({ queryKey: query.queryKey, exact: true }, { cancelRefetch: false });
    });
    this.#again.set(query, again);
    return again;
  }
}
