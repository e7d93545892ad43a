# Reads a release of lineabase in R, without any package. Lee una publicación de lineabase en R, sin paquetes.
#
#   source("read_release.R")
#   values <- read_table(".", "baseline.headline")
#   honduras <- subset(values, indicator == "tip_victims_detected" & reporting_country == "HND")
#   by_sex <- with_names(subset(read_table(".", "baseline.indicator_values"), preferred == TRUE), ".")
#
# A value is an interval: value_low and value_high. Inf is a bound that nobody knows, so a sum with it stays open.
# NA is no number: nobody reported it, or it is in doubt or not shown (column how). It is never zero.

CLASSES <- c(VARCHAR = "character", DOUBLE = "numeric", BIGINT = "numeric", BOOLEAN = "logical", DATE = "Date")

# Reads a table with the types of columns.csv; each column has its description as attribute "label".
read_table <- function(folder, name, lang = "es") {
  columns <- read.csv(file.path(folder, "columns.csv"), encoding = "UTF-8")
  columns <- columns[columns$table == name, ]
  if (nrow(columns) == 0) stop("There is no such table / no hay tal tabla: ", name)
  classes <- setNames(CLASSES[columns$type], columns$column)
  path <- file.path(folder, "csv", paste0(name, ".csv"))
  rows <- read.csv(path, colClasses = classes, na.strings = "", check.names = FALSE, encoding = "UTF-8")
  for (n in seq_len(nrow(columns))) {
    attr(rows[[columns$column[n]]], "label") <- columns[[paste0("description_", lang)]][n]
  }
  rows
}

# Adds the name of each code in a column beside it: sex_name beside sex.
with_names <- function(rows, folder, lang = "es") {
  codes <- read_table(folder, "reference.codes", lang)
  for (name in intersect(names(rows), unique(codes$codelist))) {
    listed <- codes[codes$codelist == name, ]
    rows[[paste0(name, "_name")]] <- listed[[paste0("name_", lang)]][match(rows[[name]], listed$code)]
  }
  rows
}

# Sums intervals, the lower bounds and the upper ones. A row without a number is an error, since it is no zero.
sum_of_intervals <- function(rows) {
  if (anyNA(rows$value_low) || anyNA(rows$value_high)) {
    stop("A row has no number: leave it out and state so / una fila no tiene número: exclúyala y dígalo.")
  }
  c(low = sum(rows$value_low), high = sum(rows$value_high))
}
