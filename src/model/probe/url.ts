/** A path with its query, as a request line may hold it: nothing that ends the line. */
export const isUrlPath = (text: string): boolean => /^\/[!-~]{0,1000}$/.test(text)
