-- One row per submission whose number of received rows differs from the sum of its rows by status.
SELECT submission, rows_received
FROM registry.submissions
WHERE rows_received <> rows_accepted + rows_quarantined + rows_out_of_scope + rows_check_only + rows_layout
