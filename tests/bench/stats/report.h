/* report.h - statistics as they are computed: one line each, in standard errors, and the verdict.
 *
 * Rule: about 290 statistics are computed, so one is beyond 4 by chance in 1 run of 55. A statistic beyond 4 is
 * therefore repeated with an independent seed and fails only if it is beyond 4 there too; beyond 6 it fails at once. A
 * correct generator then fails once in millions of runs, and a defect shows in both. */
#ifndef REPORT_H
#define REPORT_H

/* Begins a run; statistics are reported in the same order in every run. */
void report_begin(void);

/* The last statistic of "group: name" is `deviate` standard errors off. */
void report(const char *group, const char *name, double deviate);

/* How many statistics of this run are beyond 4. */
int report_suspects(void);

/* After one run or two: prints the summary; returns 0 if all is well, 1 if not. */
int report_verdict(void);

#endif
