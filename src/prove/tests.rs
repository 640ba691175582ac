mod facts;
mod missing;
