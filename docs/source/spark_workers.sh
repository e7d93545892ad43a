SPARK="$(python -c 'import pyspark; print(pyspark.__path__[0])')/bin/spark-class org.apache.spark.deploy"
$SPARK.master.Master --host {{MASTER|PRINCIPAL}}                         # {{on one machine|en una máquina}}
$SPARK.worker.Worker --memory 8g spark://{{MASTER|PRINCIPAL}}:7077       # {{on each worker|en cada trabajador}}
LINEABASE_SPARK_MASTER=spark://{{MASTER|PRINCIPAL}}:7077 lineabase refresh --engine spark
