// Starts GraphiQL on this origin. The session cookie says who asks; a bearer token may be set as a header instead.
"use strict";
const place = document.getElementById("graphiql");
const fetcher = GraphiQL.createFetcher({ url: place.dataset.endpoint });
const h = React.createElement;
ReactDOM.createRoot(place).render(
  h(GraphiQL, { fetcher, defaultQuery: place.dataset.query, shouldPersistHeaders: false }),
);
